package main

import (
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

var (
	names   = map[string][]string{}
	namesMu sync.Mutex
)

// setNames replaces what the node's DNS server knows: addresses by name, without the last dot.
func setNames(r *Request) (any, error) {
	namesMu.Lock()
	defer namesMu.Unlock()
	names = r.Names
	return nil, nil
}

// serveNames opens the DNS server of all pods. To be called inside the node's namespace.
func serveNames(ip string) error {
	socket, err := net.ListenPacket("udp4", net.JoinHostPort(ip, "53"))
	if err != nil {
		return err
	}
	go func() {
		packet := make([]byte, 1500)
		for {
			read, from, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer, err := resolved(packet[:read]); err == nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	}()
	return nil
}

func resolved(question []byte) ([]byte, error) {
	message := dnsmessage.Message{}
	if err := message.Unpack(question); err != nil {
		return nil, err
	}
	if len(message.Questions) != 1 {
		return nil, fmt.Errorf("%d questions", len(message.Questions))
	}
	asked := message.Questions[0]
	message.Response, message.Authoritative, message.RecursionAvailable = true, true, true
	message.Additionals = nil
	namesMu.Lock()
	found, known := names[asked.Name.String()[:asked.Name.Length-1]]
	namesMu.Unlock()
	if !known {
		message.RCode = dnsmessage.RCodeNameError
	}
	for _, ip := range found {
		if asked.Type == dnsmessage.TypeA {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class, TTL: 5},
				Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(ip).To4())},
			})
		}
	}
	return message.Pack()
}

// askHere lets the calling thread, and what it starts, see another file in the place of /etc/resolv.conf.
func askHere(file string) error {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	real, err := os.Readlink("/etc/resolv.conf")
	if err != nil {
		real = "/etc/resolv.conf"
	}
	return unix.Mount(file, real, "", unix.MS_BIND, "")
}
