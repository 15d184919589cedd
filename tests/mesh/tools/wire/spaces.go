package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// gateway is the address of the node's end of every pod's cable.
const gateway = "169.254.1.1"

// Space is a network namespace: the node's, or a pod's.
type Space struct {
	name  string
	ip    net.IP
	fd    netns.NsHandle
	cable string
	mu    sync.Mutex
	open  []net.Listener
}

var (
	spaces   = map[string]*Space{}
	spacesMu sync.Mutex
	cables   int
)

// space finds a namespace by the name of its pod; "host" is the one in which this program was started.
func space(name string) (*Space, error) {
	spacesMu.Lock()
	defer spacesMu.Unlock()
	found := spaces[name]
	if found == nil {
		return nil, fmt.Errorf("no pod %q", name)
	}
	return found, nil
}

// inside runs a function on a thread of its own that lives in the namespace and dies with the function.
func (s *Space) inside(do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not serve others afterwards
		if err := netns.Set(s.fd); err != nil {
			done <- err
			return
		}
		done <- do()
	}()
	return <-done
}

func fresh(name string, ip net.IP) (*Space, error) {
	made := &Space{name: name, ip: ip}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		var err error
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			made.fd, err = netns.Get()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return nil, fmt.Errorf("no new network namespace (root is needed): %w", err)
	}
	return made, nil
}

func openNode(r *Request) (any, error) {
	host, err := netns.Get()
	if err != nil {
		return nil, err
	}
	node, err := fresh("node", net.ParseIP(r.IP))
	if err != nil {
		return nil, err
	}
	handle, err := netlink.NewHandleAt(node.fd)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	if err := addressOn(handle, "lo", r.IP+"/32"); err != nil {
		return nil, err
	}
	// Some way to the addresses of Services is needed for the node's own calls; their translation changes it.
	if err := anyRoute(handle, node.ip); err != nil {
		return nil, err
	}
	if err := node.inside(forwarding); err != nil {
		return nil, err
	}
	spacesMu.Lock()
	spaces["node"], spaces["host"] = node, &Space{name: "host", fd: host}
	spacesMu.Unlock()
	return nil, node.inside(func() error { return errors.Join(watch(), serveNames(r.IP)) })
}

func anyRoute(handle *netlink.Handle, source net.IP) error {
	loopback, err := handle.LinkByName("lo")
	if err != nil {
		return err
	}
	every := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	return handle.RouteAdd(&netlink.Route{LinkIndex: loopback.Attrs().Index, Dst: every, Src: source})
}

func forwarding() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

func addressOn(handle *netlink.Handle, link, address string) error {
	found, err := handle.LinkByName(link)
	if err != nil {
		return err
	}
	parsed, err := netlink.ParseAddr(address)
	if err != nil {
		return err
	}
	if err := handle.AddrAdd(found, parsed); err != nil {
		return fmt.Errorf("%s on %s: %w", address, link, err)
	}
	return handle.LinkSetUp(found)
}

// openPod makes a namespace with a cable to the node. Every packet is routed by the node, as with a real network of
// pods: so its translation of Service addresses works in both directions.
func openPod(r *Request) (any, error) {
	node, err := space("node")
	if err != nil {
		return nil, err
	}
	pod, err := fresh(r.Pod, net.ParseIP(r.IP))
	if err != nil {
		return nil, err
	}
	spacesMu.Lock()
	cables++
	pod.cable = fmt.Sprintf("c%d", cables)
	spacesMu.Unlock()
	if err := plug(node, pod); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Pod, err)
	}
	spacesMu.Lock()
	spaces[r.Pod] = pod
	spacesMu.Unlock()
	return nil, nil
}

func plug(node, pod *Space) error {
	there, err := netlink.NewHandleAt(node.fd)
	if err != nil {
		return err
	}
	defer there.Close()
	here, err := netlink.NewHandleAt(pod.fd)
	if err != nil {
		return err
	}
	defer here.Close()
	cable := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: pod.cable}, PeerName: "eth0", PeerNamespace: netlink.NsFd(pod.fd),
	}
	if err := there.LinkAdd(cable); err != nil {
		return err
	}
	if err := errors.Join(
		addressOn(there, pod.cable, gateway+"/32"),
		addressOn(here, "lo", "127.0.0.6/32"),
		addressOn(here, "eth0", pod.ip.String()+"/32"),
	); err != nil {
		return err
	}
	return routes(there, here, pod)
}

func routes(there, here *netlink.Handle, pod *Space) error {
	cable, err := there.LinkByName(pod.cable)
	if err != nil {
		return err
	}
	eth, err := here.LinkByName("eth0")
	if err != nil {
		return err
	}
	whole := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	return errors.Join(
		there.RouteAdd(&netlink.Route{
			LinkIndex: cable.Attrs().Index, Dst: &net.IPNet{IP: pod.ip, Mask: net.CIDRMask(32, 32)},
			Scope: netlink.SCOPE_LINK, Src: nodeIP(),
		}),
		here.RouteAdd(&netlink.Route{
			LinkIndex: eth.Attrs().Index, Dst: whole, Gw: net.ParseIP(gateway), Flags: int(netlink.FLAG_ONLINK),
		}),
	)
}

func nodeIP() net.IP {
	spacesMu.Lock()
	defer spacesMu.Unlock()
	return spaces["node"].ip
}

func removePod(r *Request) (any, error) {
	pod, err := space(r.Pod)
	if err != nil {
		return nil, err
	}
	spacesMu.Lock()
	delete(spaces, r.Pod)
	spacesMu.Unlock()
	endOf(r.Pod)
	pod.mu.Lock()
	defer pod.mu.Unlock()
	for _, listener := range pod.open {
		_ = listener.Close()
	}
	if err := unplug(pod); err != nil {
		return nil, err
	}
	return nil, pod.fd.Close()
}

func unplug(pod *Space) error {
	node, err := space("node")
	if err != nil {
		return err
	}
	handle, err := netlink.NewHandleAt(node.fd)
	if err != nil {
		return err
	}
	defer handle.Close()
	cable, err := handle.LinkByName(pod.cable)
	if err != nil {
		return err
	}
	return handle.LinkDel(cable)
}
