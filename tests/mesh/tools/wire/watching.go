package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Sighting is a connection as it looks between two pods: `plain`, `mesh` (TLS that offers Istio's own ALPN names),
// `tls` (any other TLS) or `silent` (no byte from the caller).
type Sighting struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Class string `json:"class"`
}

type sighted struct {
	class string
	last  time.Time
}

var (
	sightings   = map[[2]string]*sighted{}
	sightingsMu sync.Mutex
)

// watch opens a socket that sees every packet which the node routes, before and after the node's translation of
// Service addresses. To be called inside the node's namespace.
func watch() error {
	protocol := int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)))
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return fmt.Errorf("no packet socket: %w", err)
	}
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 32<<20); err != nil {
		return err
	}
	go func() {
		packet := make([]byte, 8192)
		for {
			read, _, err := unix.Recvfrom(socket, packet, 0)
			if err != nil {
				return
			}
			note(packet[:read])
		}
	}()
	return nil
}

func note(packet []byte) {
	if len(packet) < 20 || packet[0]>>4 != 4 || packet[9] != unix.IPPROTO_TCP {
		return
	}
	segment := packet[int(packet[0]&15)*4:]
	if len(segment) < 20 {
		return
	}
	from := end(packet[12:16], segment[0:2])
	to := end(packet[16:20], segment[2:4])
	flags := segment[13]
	sightingsMu.Lock()
	defer sightingsMu.Unlock()
	if flags&0x12 == 0x02 { // SYN without ACK: who sends it is the caller
		sightings[[2]string{from, to}] = &sighted{class: "silent", last: time.Now()}
		return
	}
	one := sightings[[2]string{from, to}]
	payload := segment[min(len(segment), int(segment[12]>>4)*4):]
	if one == nil || len(payload) == 0 {
		return
	}
	if one.class == "silent" {
		one.class = class(payload)
	}
	one.last = time.Now()
}

func end(ip, port []byte) string {
	return net.JoinHostPort(net.IP(ip).String(), fmt.Sprint(binary.BigEndian.Uint16(port)))
}

func class(first []byte) string {
	if len(first) < 3 || first[0] != 0x16 || first[1] != 0x03 {
		return "plain"
	}
	if bytes.Contains(first, []byte("istio")) || bytes.Contains(first, []byte("outbound_.")) {
		return "mesh"
	}
	return "tls"
}

// seenOnWire gives the connections from an address to some ends over which the caller sent something since a moment,
// the last used one last. The watcher may lag behind the call, so that an answered one is waited for.
func seenOnWire(ip string, ends []string, since time.Time, answered bool) []Sighting {
	for range 100 {
		time.Sleep(2 * time.Millisecond)
		found := sightingsOf(ip, ends, since)
		if !answered || slices.ContainsFunc(found, func(one Sighting) bool { return one.Class != "silent" }) {
			return found
		}
	}
	return sightingsOf(ip, ends, since)
}

func sightingsOf(ip string, ends []string, since time.Time) []Sighting {
	sightingsMu.Lock()
	defer sightingsMu.Unlock()
	found := []Sighting{}
	last := map[string]time.Time{}
	for key, one := range sightings {
		host, _, _ := net.SplitHostPort(key[0])
		if host == ip && slices.Contains(ends, key[1]) && !one.last.Before(since) {
			found = append(found, Sighting{From: key[0], To: key[1], Class: one.class})
			last[key[0]] = one.last
		}
	}
	slices.SortFunc(found, func(a, b Sighting) int { return last[a.From].Compare(last[b.From]) })
	return found
}
