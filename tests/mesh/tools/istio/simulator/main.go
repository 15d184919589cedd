// Command simulator says what the configuration that Istio's own code generates does with a call.
//
// It reads JSON lines, one world with its calls per line, and answers one JSON line per world. No cluster, no Envoy:
// istiod's generators run against a fake API server, and Istio's traffic simulator walks the listeners and routes that
// they make. The two ends of a call are walked one after the other: the caller's proxy says which endpoints get which
// bytes, the proxy of each endpoint says whether it takes them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

// Request is one world and the calls to be made in it.
type Request struct {
	ID   string `json:"id"`
	Mesh struct {
		OutboundTrafficPolicy string `json:"outboundTrafficPolicy"`
		EnableAutoMtls        *bool  `json:"enableAutoMtls"`
	} `json:"mesh"`
	Objects string `json:"objects"`
	Calls   []Call `json:"calls"`
}

// Call is what an application does: it opens a connection to an address and sends something.
type Call struct {
	ID   string `json:"id"`
	From struct {
		Namespace string `json:"namespace"`
		Pod       string `json:"pod"`
	} `json:"from"`
	Proxied bool `json:"proxied"`
	// Address is what the name resolves to; Addresses where DNS gives several (headless Services).
	Address   string   `json:"address"`
	Addresses []string `json:"addresses"`
	Port      int      `json:"port"`
	// Protocol is http, http2, tcp or tls; the last is TLS that the application speaks itself.
	Protocol string `json:"protocol"`
	// Host is the Host header, or the server name of an application's own TLS.
	Host string `json:"host"`
}

// Answer is what happens to the calls of one world.
type Answer struct {
	ID    string    `json:"id"`
	Calls []Outcome `json:"calls"`
	Error string    `json:"error,omitempty"`
}

// answer judges one world; what goes wrong in Istio's code becomes an error of that world alone.
func answer(line []byte) (result Answer) {
	request := Request{}
	if err := json.Unmarshal(line, &request); err != nil {
		return Answer{Error: err.Error()}
	}
	result.ID = request.ID
	err := test.Wrap(func(t test.Failer) {
		defer func() {
			if caught := recover(); caught != nil {
				t.Fatalf("panic: %v", caught)
			}
		}()
		world := newWorld(t, request)
		for _, call := range request.Calls {
			result.Calls = append(result.Calls, world.judge(call))
		}
	})
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func main() {
	answers := json.NewEncoder(os.Stdout)
	// Answers alone may go to standard output; Istio's and client-go's logs go nowhere.
	os.Stdout = os.Stderr
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	options.SetDefaultOutputLevel("all", log.NoneLevel)
	if err := log.Configure(options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)

	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			if failed := answers.Encode(answer(line)); failed != nil {
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}
