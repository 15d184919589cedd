package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"github.com/vishvananda/netns"
)

// Child is a program in a pod, the first of a process namespace of its own: with it end all that it started.
type Child struct {
	pod     string
	command *exec.Cmd
	done    chan struct{}
}

var (
	children   = map[string]*Child{}
	childrenMu sync.Mutex
)

func spawn(r *Request) (any, error) {
	pod, err := space(r.Pod)
	if err != nil {
		return nil, err
	}
	command, err := prepared(r)
	if err != nil {
		return nil, err
	}
	child := &Child{pod: r.Pod, command: command, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ends the child with the thread that started it, so that this one waits for it.
		runtime.LockOSThread()
		err := netns.Set(pod.fd)
		if err == nil && r.Resolver != "" {
			err = askHere(r.Resolver)
		}
		if err == nil {
			err = command.Start()
		}
		started <- err
		if err == nil {
			_ = command.Wait()
		}
		close(child.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", r.Argv[0], err)
	}
	childrenMu.Lock()
	children[r.Name] = child
	childrenMu.Unlock()
	return nil, nil
}

func prepared(r *Request) (*exec.Cmd, error) {
	log, err := os.OpenFile(r.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	command := exec.Command(r.Argv[0], r.Argv[1:]...)
	command.Dir, command.Stdout, command.Stderr = r.Dir, log, log
	for key, value := range r.Env {
		command.Env = append(command.Env, key+"="+value)
	}
	command.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL, Setsid: true, Cloneflags: syscall.CLONE_NEWPID,
	}
	if r.UID != 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(r.UID), Gid: uint32(r.UID)}
	}
	return command, nil
}

func kill(r *Request) (any, error) {
	childrenMu.Lock()
	child := children[r.Name]
	delete(children, r.Name)
	childrenMu.Unlock()
	if child != nil {
		child.end()
	}
	return nil, nil
}

func alive(r *Request) (any, error) {
	childrenMu.Lock()
	child := children[r.Name]
	childrenMu.Unlock()
	if child == nil {
		return false, nil
	}
	select {
	case <-child.done:
		return false, nil
	default:
		return true, nil
	}
}

func (c *Child) end() {
	_ = c.command.Process.Kill()
	<-c.done
}

func endOf(pod string) {
	childrenMu.Lock()
	var mine []*Child
	for name, child := range children {
		if child.pod == pod {
			mine = append(mine, child)
			delete(children, name)
		}
	}
	childrenMu.Unlock()
	for _, child := range mine {
		child.end()
	}
}

func endAll() {
	childrenMu.Lock()
	defer childrenMu.Unlock()
	for _, child := range children {
		child.end()
	}
}

// forward carries connections from a port in one namespace to an address in another.
func forward(r *Request) (any, error) {
	here, err := space(r.Pod)
	if err != nil {
		return nil, err
	}
	there, err := space(r.To)
	if err != nil {
		return nil, err
	}
	var listener net.Listener
	err = here.inside(func() (err error) {
		listener, err = net.Listen("tcp4", net.JoinHostPort(r.IP, fmt.Sprint(r.Port)))
		return err
	})
	if err != nil {
		return nil, err
	}
	go accepting(listener, func(one net.Conn) { carry(one, there, r.Target) })
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func carry(one net.Conn, there *Space, target string) {
	defer one.Close()
	var other net.Conn
	err := there.inside(func() (err error) {
		other, err = net.Dial("tcp4", target)
		return err
	})
	if err != nil {
		return
	}
	defer other.Close()
	go func() {
		_, _ = copyAll(other, one)
		_ = other.(*net.TCPConn).CloseWrite()
	}()
	_, _ = copyAll(one, other)
}
