package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Seen is what a server says of a call.
type Seen struct {
	Pod    string `json:"pod"`
	Remote string `json:"remote"`
	Host   string `json:"host,omitempty"`
	Peer   string `json:"peer,omitempty"`
	First  string `json:"first,omitempty"`
}

// banner is the first word of servers that speak first: of MySQL, SMTP or SSH, all alike to a proxy.
const banner = "220 at your service\r\n"

func copyAll(to io.Writer, from io.Reader) (int64, error) { return io.Copy(to, from) }

func listen(r *Request) (any, error) {
	pod, err := space(r.Pod)
	if err != nil {
		return nil, err
	}
	var listener net.Listener
	err = pod.inside(func() (err error) {
		listener, err = net.Listen("tcp4", net.JoinHostPort(r.IP, fmt.Sprint(r.Port)))
		return err
	})
	if err != nil {
		return nil, err
	}
	pod.mu.Lock()
	pod.open = append(pod.open, listener)
	pod.mu.Unlock()
	return nil, serve(r.Pod, r.Kind, listener)
}

func serve(pod, kind string, listener net.Listener) error {
	switch kind {
	case "http", "grpc":
		go web(pod, listener)
	case "https":
		certificate, err := ownCertificate()
		if err != nil {
			return err
		}
		go web(pod, tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	case "tcp":
		go accepting(listener, func(one net.Conn) { echo(pod, one, false) })
	case "banner":
		go accepting(listener, func(one net.Conn) { echo(pod, one, true) })
	default:
		return fmt.Errorf("no server of kind %q", kind)
	}
	return nil
}

// web speaks HTTP/1 and, for callers who begin with its preface, HTTP/2 in the clear.
func web(pod string, listener net.Listener) {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/grpc.health.v1.Health/Check" {
			healthy(w)
			return
		}
		peer := r.Header.Get("X-Forwarded-Client-Cert")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(Seen{Pod: pod, Remote: r.RemoteAddr, Host: r.Host, Peer: peer})
	}
	server := &http.Server{
		Handler: http.HandlerFunc(handler), Protocols: protocols, ErrorLog: nothing, ReadHeaderTimeout: time.Minute,
	}
	_ = server.Serve(listener)
}

// healthy answers the health check of gRPC: one message that says SERVING.
func healthy(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, 1})
	w.Header().Set("Grpc-Status", "0")
}

func accepting(listener net.Listener, serve func(net.Conn)) {
	for {
		one, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(one)
	}
}

func echo(pod string, one net.Conn, speaksFirst bool) {
	defer one.Close()
	_ = one.SetDeadline(time.Now().Add(time.Minute))
	if speaksFirst {
		if _, err := io.WriteString(one, banner); err != nil {
			return
		}
	}
	first := make([]byte, 64)
	read, err := bufio.NewReader(one).Read(first)
	if err != nil {
		return
	}
	seen := Seen{Pod: pod, Remote: one.RemoteAddr().String(), First: hex.EncodeToString(first[:read])}
	_ = json.NewEncoder(one).Encode(seen)
}

var ownCertificate = sync.OnceValues(func() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"application"},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, err
})
