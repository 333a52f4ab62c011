package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// heartbeat is well below the 50 seconds after which a silent node counts as lost.
	heartbeat = 10 * time.Second
	// retry is for a heartbeat that failed: a controller may write the node at the same moment.
	retry = time.Second / 10
)

// fakeNode is a node on which nothing runs: its pods are Ready as soon as they are bound to it, those that are to end
// (restartPolicy other than Always, as a Job's) have Succeeded, and deleted ones are gone. Images, probes and volumes
// are not looked at.
type fakeNode struct {
	client kubernetes.Interface
	name   string
	// pods counts those that were started: each gets an address of its own.
	pods int
}

func newFakeNode() *cobra.Command {
	node := &fakeNode{}
	command := newPart("fake-node", "A node whose pods are Ready without running", node.run)
	command.Flags().StringVar(&node.name, "node", "node", "the node's name")
	return command
}

func (n *fakeNode) run(ctx context.Context, client kubernetes.Interface) error {
	n.client = client
	if err := n.register(ctx); err != nil {
		return err
	}
	// Listed anew every few seconds: what failed once is tried again.
	factory := informers.NewSharedInformerFactory(client, 5*time.Second)
	handle := func(object any) {
		if pod, ok := object.(*core.Pod); ok && pod.Spec.NodeName == n.name {
			if err := n.handle(ctx, pod.DeepCopy()); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				klog.ErrorS(err, "pod", "pod", klog.KObj(pod))
			}
		}
	}
	_, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    handle,
		UpdateFunc: func(_, object any) { handle(object) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for {
		pause := heartbeat
		if err := n.beat(ctx); err != nil {
			klog.ErrorS(err, "heartbeat")
			pause = retry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (n *fakeNode) register(ctx context.Context) error {
	labels := map[string]string{core.LabelHostname: n.name, core.LabelOSStable: "linux", core.LabelArchStable: "amd64"}
	node := &core.Node{ObjectMeta: meta.ObjectMeta{Name: n.name, Labels: labels}}
	_, err := n.client.CoreV1().Nodes().Create(ctx, node, meta.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// beat says that the node is there and has room.
func (n *fakeNode) beat(ctx context.Context) error {
	node, err := n.client.CoreV1().Nodes().Get(ctx, n.name, meta.GetOptions{})
	if err != nil {
		return err
	}
	room := core.ResourceList{
		core.ResourceCPU:              resource.MustParse("64"),
		core.ResourceMemory:           resource.MustParse("256Gi"),
		core.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		core.ResourcePods:             resource.MustParse("1000"),
	}
	node.Status.Capacity, node.Status.Allocatable = room, room
	node.Status.Addresses = []core.NodeAddress{{Type: core.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.NodeInfo.KubeletVersion = "fake"
	node.Status.Conditions = []core.NodeCondition{{
		Type: core.NodeReady, Status: core.ConditionTrue, Reason: "FakeNode",
		LastHeartbeatTime: meta.Now(), LastTransitionTime: node.CreationTimestamp,
	}}
	_, err = n.client.CoreV1().Nodes().UpdateStatus(ctx, node, meta.UpdateOptions{})
	return err
}

func (n *fakeNode) handle(ctx context.Context, pod *core.Pod) error {
	pods := n.client.CoreV1().Pods(pod.Namespace)
	if pod.DeletionTimestamp != nil {
		now := int64(0)
		return pods.Delete(ctx, pod.Name, meta.DeleteOptions{GracePeriodSeconds: &now})
	}
	if pod.Status.Phase != core.PodPending {
		return nil
	}
	if n.pods >= 250*250 {
		return errors.New("no address is left; bring the cluster up anew")
	}
	n.pods++
	n.start(&pod.Status, pod.Spec)
	_, err := pods.UpdateStatus(ctx, pod, meta.UpdateOptions{})
	return err
}

// start writes what a kubelet would report of a pod that runs, or has ended well.
func (n *fakeNode) start(status *core.PodStatus, spec core.PodSpec) {
	now := meta.Now()
	running := core.ContainerState{Running: &core.ContainerStateRunning{StartedAt: now}}
	ended := core.ContainerState{Terminated: &core.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
	ready, state, phase := true, running, core.PodRunning
	if spec.RestartPolicy != core.RestartPolicyAlways {
		ready, state, phase = false, ended, core.PodSucceeded
	}
	status.Phase, status.StartTime, status.HostIP = phase, &now, "127.0.0.1"
	status.PodIP = fmt.Sprintf("10.214.%d.%d", n.pods/250, n.pods%250+2)
	status.PodIPs = []core.PodIP{{IP: status.PodIP}}
	status.InitContainerStatuses = statuses(spec.InitContainers, ended, true)
	status.ContainerStatuses = statuses(spec.Containers, state, ready)
	status.Conditions = slices.DeleteFunc(status.Conditions, func(each core.PodCondition) bool {
		return each.Type != core.PodScheduled
	})
	for kind, met := range map[core.PodConditionType]bool{
		core.PodInitialized: true, core.ContainersReady: ready, core.PodReady: ready,
	} {
		value := core.ConditionFalse
		if met {
			value = core.ConditionTrue
		}
		status.Conditions = append(status.Conditions, core.PodCondition{Type: kind, Status: value, LastTransitionTime: now})
	}
}

func statuses(containers []core.Container, state core.ContainerState, ready bool) []core.ContainerStatus {
	var all []core.ContainerStatus
	started := true
	for _, each := range containers {
		all = append(all, core.ContainerStatus{Name: each.Name, Image: each.Image, Ready: ready, Started: &started, State: state})
	}
	return all
}
