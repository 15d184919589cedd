package main

import (
	"net"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// cut ends the connections that a pod has open to some addresses, so that its proxy must make new ones: an old one
// goes on to the pod that it went to, whatever pods there are now.
func cut(pod *Space, ends []string) error {
	return pod.inside(func() error {
		open, err := netlink.SocketDiagTCP(unix.AF_INET)
		if err != nil {
			return err
		}
		for _, one := range open {
			local, remote := address(one.ID.Source, one.ID.SourcePort), address(one.ID.Destination, one.ID.DestinationPort)
			if one.State == netlink.TCP_ESTABLISHED && slices.Contains(ends, remote.String()) {
				// It may have ended by itself meanwhile.
				_ = netlink.SocketDestroy(local, remote)
			}
		}
		return nil
	})
}

func address(ip net.IP, port uint16) *net.TCPAddr {
	return &net.TCPAddr{IP: ip, Port: int(port)}
}
