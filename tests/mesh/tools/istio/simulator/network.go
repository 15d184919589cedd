package main

import (
	"net"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Destination is where a connection ends up when nothing but Kubernetes has a say.
type Destination struct {
	Address string
	Port    int
}

// deliver follows an address as kube-proxy does: a ClusterIP leads to the Service's endpoints, any other address to
// itself. A port that the Service does not have leads nowhere.
func (w *World) deliver(address string, port int) []Destination {
	service, virtual := w.services[address]
	if !virtual {
		return []Destination{{address, port}}
	}
	found := []Destination{}
	for _, offered := range service.Spec.Ports {
		if int(offered.Port) == port {
			found = append(found, w.endpointsOf(service.Namespace, service.Name, offered.Name)...)
		}
	}
	return found
}

// resolve gives the addresses that a host name stands for inside the cluster; a name that is not known there belongs
// to somebody outside and stays as it is.
func (w *World) resolve(host string, port int) []Destination {
	if net.ParseIP(host) == nil {
		for address, service := range w.services {
			if host == service.Name+"."+service.Namespace+".svc.cluster.local" {
				return w.deliver(address, port)
			}
		}
	}
	return w.deliver(host, port)
}

func (w *World) endpointsOf(namespace, name, portName string) []Destination {
	found := []Destination{}
	for _, slice := range w.slices {
		if slice.Namespace != namespace || slice.Labels[discoveryv1.LabelServiceName] != name {
			continue
		}
		for _, port := range slice.Ports {
			if port.Name == nil || *port.Name != portName || port.Port == nil {
				continue
			}
			for _, endpoint := range slice.Endpoints {
				for _, address := range endpoint.Addresses {
					found = append(found, Destination{address, int(*port.Port)})
				}
			}
		}
	}
	return found
}
