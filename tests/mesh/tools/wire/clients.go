package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"
)

// Outcome is what became of a call.
type Outcome struct {
	Connected bool       `json:"connected"`
	Answered  bool       `json:"answered"`
	Local     string     `json:"local"`
	Status    int        `json:"status"`
	Body      string     `json:"body,omitempty"`
	Error     string     `json:"error,omitempty"`
	Seen      *Seen      `json:"seen,omitempty"`
	Wire      []Sighting `json:"wire"`
}

var nothing = log.New(io.Discard, "", 0)

func call(r *Request) (any, error) {
	pod, err := space(r.Pod)
	if err != nil {
		return nil, err
	}
	if r.Fresh {
		if err := cut(pod, append([]string{r.Target}, r.Ends...)); err != nil {
			return nil, err
		}
	}
	limit := time.Duration(r.Millis) * time.Millisecond
	begun := time.Now()
	outcome := &Outcome{}
	connection, err := dial(pod, r, limit)
	if err == nil {
		outcome.Connected, outcome.Local = true, connection.LocalAddr().String()
		_ = connection.SetDeadline(begun.Add(limit))
		err = converse(r, connection, outcome)
		_ = connection.Close()
	}
	if err != nil {
		outcome.Error = err.Error()
	}
	outcome.Wire = seenOnWire(pod.ip.String(), r.Ends, begun, outcome.Answered && len(r.Ends) > 0)
	return outcome, nil
}

func dial(pod *Space, r *Request, limit time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: limit}
	var made net.Conn
	err := pod.inside(func() (err error) {
		// The user for whom a socket is opened is what the redirect goes by; the thread ends with this function.
		if err := unix.Setfsuid(r.UID); err != nil {
			return err
		}
		made, err = dialer.Dial("tcp4", r.Target)
		return err
	})
	return made, err
}

func converse(r *Request, connection net.Conn, outcome *Outcome) error {
	switch r.Kind {
	case "http":
		return ask(r, connection, outcome, false)
	case "grpc":
		return ask(r, connection, outcome, true)
	case "https":
		config := &tls.Config{ServerName: hostOnly(r.Host), InsecureSkipVerify: true} // only who answers matters
		secured := tls.Client(connection, config)
		if err := secured.Handshake(); err != nil {
			return err
		}
		return ask(r, secured, outcome, false)
	case "knock":
		outcome.Answered = true
		return nil
	case "tcp", "banner":
		return exchange(r, connection, outcome)
	}
	return fmt.Errorf("no client of kind %q", r.Kind)
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func ask(r *Request, connection net.Conn, outcome *Outcome, second bool) error {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(!second)
	protocols.SetUnencryptedHTTP2(second)
	transport := &http.Transport{
		Protocols: protocols, DisableKeepAlives: !second,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return connection, nil },
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "http://"+r.Host+r.Path, nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	outcome.Status, outcome.Body = answer.StatusCode, string(body[:min(len(body), 4096)])
	outcome.Answered = answer.StatusCode == http.StatusOK
	return understood(body, outcome)
}

// understood keeps the server's report; a proxy's own page has none.
func understood(body []byte, outcome *Outcome) error {
	seen := &Seen{}
	if json.Unmarshal(body, seen) == nil && seen.Pod != "" {
		outcome.Seen = seen
	} else if outcome.Status != http.StatusOK {
		return fmt.Errorf("%d: %s", outcome.Status, bytes.TrimSpace(body[:min(len(body), 120)]))
	}
	return nil
}

func exchange(r *Request, connection net.Conn, outcome *Outcome) error {
	if r.Kind == "banner" {
		if _, err := io.ReadFull(connection, make([]byte, len(banner))); err != nil {
			return fmt.Errorf("no greeting: %w", err)
		}
	}
	hello, err := hex.DecodeString(r.Hello)
	if err != nil {
		return err
	}
	if _, err := connection.Write(hello); err != nil {
		return err
	}
	seen := &Seen{}
	if err := json.NewDecoder(connection).Decode(seen); err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	outcome.Answered, outcome.Seen = true, seen
	return nil
}
