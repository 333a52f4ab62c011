package main

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/dns/dnsmessage"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
)

// serviceDomain is where the names of Services are.
const serviceDomain = ".svc.cluster.local."

// ttlSeconds is short: tests stop and start pods.
const ttlSeconds = 1

// clusterDNS answers over UDP for Services, SERVICE.NAMESPACE.svc.cluster.local, and for the pods of headless ones,
// POD.SERVICE.NAMESPACE.svc.cluster.local, as the specification has it
// (https://github.com/kubernetes/dns/blob/master/docs/specification.md); addresses of IPv4 only. No other name exists.
type clusterDNS struct {
	listen    string
	services  corelisters.ServiceLister
	endpoints discoverylisters.EndpointSliceLister
}

func newClusterDNS() *cobra.Command {
	dns := &clusterDNS{}
	command := newPart("cluster-dns", "Name server for Services and pods", dns.run)
	command.Flags().StringVar(&dns.listen, "listen", "", "address and port of UDP")
	return command
}

func (d *clusterDNS) run(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	d.services = factory.Core().V1().Services().Lister()
	d.endpoints = factory.Discovery().V1().EndpointSlices().Lister()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	connection, err := net.ListenPacket("udp", d.listen)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = connection.Close() })
	query := make([]byte, 4096)
	for {
		length, from, err := connection.ReadFrom(query)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if reply := d.reply(query[:length]); reply != nil {
			_, _ = connection.WriteTo(reply, from)
		}
	}
}

// reply is nothing for what is no query.
func (d *clusterDNS) reply(query []byte) []byte {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil || header.Response {
		return nil
	}
	question, err := parser.Question()
	if err != nil {
		return nil
	}
	addresses, exists := d.find(strings.ToLower(question.Name.String()))
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: header.ID, Response: true, Authoritative: true,
			RecursionDesired: header.RecursionDesired, RecursionAvailable: true,
		},
		Questions: []dnsmessage.Question{question},
	}
	if !exists {
		reply.RCode = dnsmessage.RCodeNameError
	}
	if question.Type == dnsmessage.TypeA {
		for _, address := range addresses {
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: ttlSeconds},
				Body:   &dnsmessage.AResource{A: address},
			})
		}
	}
	packed, err := reply.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// find gives the addresses of a name in lower case, and whether there is such a name.
func (d *clusterDNS) find(name string) (addresses [][4]byte, exists bool) {
	rest, inside := strings.CutSuffix(name, serviceDomain)
	labels := strings.Split(rest, ".")
	if !inside || len(labels) < 2 || len(labels) > 3 {
		return nil, false
	}
	pod := ""
	if len(labels) == 3 {
		pod, labels = labels[0], labels[1:]
	}
	service, err := d.services.Services(labels[1]).Get(labels[0])
	if err != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != core.ClusterIPNone {
		return append(addresses, ipv4(service.Spec.ClusterIP)...), pod == ""
	}
	addresses = d.podAddresses(service, pod)
	return addresses, pod == "" || len(addresses) > 0
}

// podAddresses gives those of a headless Service's pods, or of the one with that host name. An endpoint that is not
// ready counts as ready where the Service publishes such: the API server's controllers see to that.
func (d *clusterDNS) podAddresses(service *core.Service, pod string) (addresses [][4]byte) {
	ofService := labels.SelectorFromSet(labels.Set{discovery.LabelServiceName: service.Name})
	slices, err := d.endpoints.EndpointSlices(service.Namespace).List(ofService)
	if err != nil {
		return nil
	}
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			asked := pod == "" || (endpoint.Hostname != nil && *endpoint.Hostname == pod)
			if !ready || !asked {
				continue
			}
			for _, address := range endpoint.Addresses {
				addresses = append(addresses, ipv4(address)...)
			}
		}
	}
	return addresses
}

func ipv4(text string) [][4]byte {
	if address := net.ParseIP(text).To4(); address != nil {
		return [][4]byte{[4]byte(address)}
	}
	return nil
}
