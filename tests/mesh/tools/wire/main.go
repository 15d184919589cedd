// Command wire is the machine room of the live mesh test: network namespaces that stand for pods, small servers and
// clients in them, child processes in them, and a look at every byte between them.
//
// It reads requests as JSON lines and answers each with a JSON line of the same id, in whatever order they end. No
// namespace has a name: all of them, and every process in them, are gone when this program is, however it ends. It
// ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Request is one line of input; which fields count depends on Op.
type Request struct {
	ID       int               `json:"id"`
	Op       string            `json:"op"`
	Pod      string            `json:"pod"`
	IP       string            `json:"ip"`
	Port     int               `json:"port"`
	Kind     string            `json:"kind"`
	Target   string            `json:"target"`
	To       string            `json:"to"`
	Host     string            `json:"host"`
	Path     string            `json:"path"`
	Hello    string            `json:"hello"`
	UID      int               `json:"uid"`
	Fresh    bool              `json:"fresh"`
	Millis   int               `json:"millis"`
	Ends     []string          `json:"ends"`
	Redirect *Redirect         `json:"redirect"`
	Services []Service         `json:"services"`
	Name     string            `json:"name"`
	Argv     []string          `json:"argv"`
	Env      map[string]string `json:"env"`
	Dir      string            `json:"dir"`
	Log      string            `json:"log"`
	Resolver string            `json:"resolver"`

	Names map[string][]string `json:"names"`
}

// Answer is one line of output.
type Answer struct {
	ID     int    `json:"id"`
	Error  string `json:"error,omitempty"`
	Result any    `json:"result,omitempty"`
}

var operations = map[string]func(*Request) (any, error){
	"node":     openNode,
	"pod":      openPod,
	"remove":   removePod,
	"redirect": redirect,
	"services": services,
	"listen":   listen,
	"call":     call,
	"forward":  forward,
	"spawn":    spawn,
	"kill":     kill,
	"alive":    alive,
	"names":    setNames,
}

func main() {
	// A Ctrl-C reaches the whole group of processes; the one who asks decides when this ends.
	signal.Ignore(syscall.SIGINT)
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		request := &Request{}
		if err := json.Unmarshal(lines.Bytes(), request); err != nil {
			fmt.Fprintln(os.Stderr, "not a request:", err)
			continue
		}
		go func() {
			answer := perform(request)
			writing.Lock()
			defer writing.Unlock()
			_ = out.Encode(answer)
		}()
	}
	endAll()
}

func perform(request *Request) Answer {
	operation := operations[request.Op]
	if operation == nil {
		return Answer{ID: request.ID, Error: "no such operation: " + request.Op}
	}
	result, err := operation(request)
	if err != nil {
		return Answer{ID: request.ID, Error: err.Error()}
	}
	return Answer{ID: request.ID, Result: result}
}
