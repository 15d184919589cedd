package main

import (
	"encoding/binary"
	"net"
	"strconv"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Redirect says which traffic of a pod goes to its proxy.
//
// Source of the order of the rules: istio/istio tools/istio-iptables (what the init container or the CNI plug-in does).
type Redirect struct {
	UID          int      `json:"uid"`
	InboundPort  int      `json:"inboundPort"`
	OutboundPort int      `json:"outboundPort"`
	NotInbound   []int    `json:"notInbound"`
	NotOutbound  []int    `json:"notOutbound"`
	NotTo        []string `json:"notTo"`
}

// Service is one port of a Service and the addresses behind it.
type Service struct {
	IP   string   `json:"ip"`
	Port int      `json:"port"`
	Ends []string `json:"ends"`
}

type match []expr.Any

func ofTCP() match {
	return match{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
	}
}

func compared(op expr.CmpOp, data []byte, load expr.Any) match {
	return match{load, &expr.Cmp{Op: op, Register: 1, Data: data}}
}

func toPort(op expr.CmpOp, port int) match {
	load := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}
	return compared(op, binaryutil.BigEndian.PutUint16(uint16(port)), load)
}

func addressAt(offset uint32, op expr.CmpOp, ip string) match {
	load := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4}
	return compared(op, net.ParseIP(ip).To4(), load)
}

func from(op expr.CmpOp, ip string) match { return addressAt(12, op, ip) }
func to(op expr.CmpOp, ip string) match   { return addressAt(16, op, ip) }

func toNet(cidr string) (match, error) {
	_, parsed, err := net.ParseCIDR(cidr)
	if err != nil {
		return nil, err
	}
	return match{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: parsed.Mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: parsed.IP.To4()},
	}, nil
}

func byLoopback() match {
	name := make([]byte, 16)
	copy(name, "lo")
	return compared(expr.CmpOpEq, name, &expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1})
}

func byUser(op expr.CmpOp, uid int) match {
	return compared(op, binaryutil.NativeEndian.PutUint32(uint32(uid)), &expr.Meta{Key: expr.MetaKeySKUID, Register: 1})
}

func accept() match { return match{&expr.Verdict{Kind: expr.VerdictAccept}} }

func redirectTo(port int) match {
	return match{
		&expr.Immediate{Register: 1, Data: binaryutil.BigEndian.PutUint16(uint16(port))},
		&expr.Redir{RegisterProtoMin: 1},
	}
}

func translateTo(end string) (match, error) {
	host, text, err := net.SplitHostPort(end)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	return match{
		&expr.Immediate{Register: 1, Data: net.ParseIP(host).To4()},
		&expr.Immediate{Register: 2, Data: binary.BigEndian.AppendUint16(nil, uint16(port))},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1, RegProtoMin: 2},
	}, nil
}

type ruleset struct {
	connection *nftables.Conn
	table      *nftables.Table
}

// begin replaces the table of the namespace by an empty one, in the transaction that ends with the flush.
func begin(s *Space) (*ruleset, error) {
	connection, err := nftables.New(nftables.WithNetNSFd(int(s.fd)))
	if err != nil {
		return nil, err
	}
	table := &nftables.Table{Name: "wire", Family: nftables.TableFamilyIPv4}
	connection.AddTable(table)
	connection.DelTable(table)
	return &ruleset{connection, connection.AddTable(table)}, nil
}

func (r *ruleset) chain(name string, hook *nftables.ChainHook) *nftables.Chain {
	return r.connection.AddChain(&nftables.Chain{
		Name: name, Table: r.table, Type: nftables.ChainTypeNAT, Hooknum: hook, Priority: nftables.ChainPriorityNATDest,
	})
}

func (r *ruleset) rule(chain *nftables.Chain, parts ...match) {
	whole := ofTCP()
	for _, part := range parts {
		whole = append(whole, part...)
	}
	r.connection.AddRule(&nftables.Rule{Table: r.table, Chain: chain, Exprs: whole})
}

func redirect(request *Request) (any, error) {
	pod, err := space(request.Pod)
	if err != nil {
		return nil, err
	}
	rules, err := begin(pod)
	if err != nil {
		return nil, err
	}
	want := request.Redirect
	in := rules.chain("inbound", nftables.ChainHookPrerouting)
	for _, port := range append([]int{15008}, want.NotInbound...) {
		rules.rule(in, toPort(expr.CmpOpEq, port), accept())
	}
	rules.rule(in, redirectTo(want.InboundPort))
	out := rules.chain("outbound", nftables.ChainHookOutput)
	rules.rule(out, byLoopback(), from(expr.CmpOpEq, "127.0.0.6"), accept())
	rules.rule(out, byLoopback(), to(expr.CmpOpNeq, "127.0.0.1"), toPort(expr.CmpOpNeq, 15008),
		byUser(expr.CmpOpEq, want.UID), redirectTo(want.InboundPort))
	rules.rule(out, byLoopback(), byUser(expr.CmpOpNeq, want.UID), accept())
	rules.rule(out, byUser(expr.CmpOpEq, want.UID), accept())
	rules.rule(out, to(expr.CmpOpEq, "127.0.0.1"), accept())
	for _, port := range want.NotOutbound {
		rules.rule(out, toPort(expr.CmpOpEq, port), accept())
	}
	for _, cidr := range want.NotTo {
		inside, err := toNet(cidr)
		if err != nil {
			return nil, err
		}
		rules.rule(out, inside, accept())
	}
	rules.rule(out, redirectTo(want.OutboundPort))
	return nil, rules.connection.Flush()
}

// services plays kube-proxy on the node: the addresses behind a port get its connections in turn.
func services(request *Request) (any, error) {
	node, err := space("node")
	if err != nil {
		return nil, err
	}
	rules, err := begin(node)
	if err != nil {
		return nil, err
	}
	for name, hook := range map[string]*nftables.ChainHook{
		"arriving": nftables.ChainHookPrerouting, "own": nftables.ChainHookOutput,
	} {
		chain := rules.chain(name, hook)
		for _, service := range request.Services {
			if err := rules.balanced(chain, service); err != nil {
				return nil, err
			}
		}
	}
	return nil, rules.connection.Flush()
}

func (r *ruleset) balanced(chain *nftables.Chain, service Service) error {
	for number, end := range service.Ends {
		translated, err := translateTo(end)
		if err != nil {
			return err
		}
		parts := []match{to(expr.CmpOpEq, service.IP), toPort(expr.CmpOpEq, service.Port)}
		if left := len(service.Ends) - number; left > 1 {
			parts = append(parts, oneOf(left))
		}
		r.rule(chain, append(parts, translated)...)
	}
	return nil
}

// oneOf matches one connection in so many.
func oneOf(count int) match {
	turn := &expr.Numgen{Register: 1, Modulus: uint32(count), Type: unix.NFT_NG_INCREMENTAL}
	return compared(expr.CmpOpEq, binaryutil.NativeEndian.PutUint32(0), turn)
}
