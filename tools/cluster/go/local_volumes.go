package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// provisioner is what the StorageClass names.
	provisioner = "mq.test/local"
	// provisionedBy keeps the controller manager from deleting a volume itself, which it could not.
	provisionedBy = "pv.kubernetes.io/provisioned-by"
)

// localVolumes gives each claim of our StorageClass a folder of the node: made and bound when the claim comes, grown
// when it asks for more, removed when it is gone. Folders have no size of their own; a claim gets what it asks for.
type localVolumes struct {
	client       kubernetes.Interface
	class        string
	node, folder string
	volumes      corelisters.PersistentVolumeLister
}

func newLocalVolumes() *cobra.Command {
	volumes := &localVolumes{}
	command := newPart("local-volumes", "Folders of the node as volumes", volumes.run)
	command.Flags().StringVar(&volumes.class, "storage-class", "local", "the StorageClass whose claims are served")
	command.Flags().StringVar(&volumes.node, "node", "node", "the node's name")
	command.Flags().StringVar(&volumes.folder, "folder", "", "where the folders are")
	return command
}

func (v *localVolumes) run(ctx context.Context, client kubernetes.Interface) error {
	v.client = client
	if err := os.MkdirAll(v.folder, 0o711); err != nil {
		return err
	}
	// Listed anew every few seconds: what failed once is tried again.
	factory := informers.NewSharedInformerFactory(client, 5*time.Second)
	claims := factory.Core().V1().PersistentVolumeClaims()
	volumes := factory.Core().V1().PersistentVolumes()
	v.volumes = volumes.Lister()
	watch := func(informer cache.SharedIndexInformer, handle func(any) error) error {
		logged := func(object any) {
			if err := handle(object); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				klog.ErrorS(err, "volume")
			}
		}
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    logged,
			UpdateFunc: func(_, object any) { logged(object) },
		})
		return err
	}
	if err := watch(claims.Informer(), func(object any) error {
		return v.serve(ctx, object.(*core.PersistentVolumeClaim))
	}); err != nil {
		return err
	}
	if err := watch(volumes.Informer(), func(object any) error {
		return v.release(ctx, object.(*core.PersistentVolume))
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	<-ctx.Done()
	return nil
}

func (v *localVolumes) serve(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	class := claim.Spec.StorageClassName
	if class == nil || *class != v.class || claim.DeletionTimestamp != nil {
		return nil
	}
	if claim.Spec.VolumeName == "" {
		return v.provide(ctx, claim)
	}
	if claim.Status.Phase == core.ClaimBound {
		return v.grow(ctx, claim)
	}
	return nil
}

func (v *localVolumes) provide(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	name := "pvc-" + string(claim.UID)
	folder := filepath.Join(v.folder, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: core.PersistentVolumeSpec{
			StorageClassName:              v.class,
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeReclaimPolicy: core.PersistentVolumeReclaimDelete,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: folder}},
			ClaimRef: &core.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
				MatchExpressions: []core.NodeSelectorRequirement{{
					Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{v.node},
				}},
			}}}},
		},
	}
	_, err := v.client.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// grow gives a bound claim what it asks for now: first the volume, then the claim says so.
func (v *localVolumes) grow(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	asked := claim.Spec.Resources.Requests[core.ResourceStorage]
	volume, err := v.volumes.Get(claim.Spec.VolumeName)
	if err != nil || volume.Annotations[provisionedBy] != provisioner {
		return err
	}
	if has := volume.Spec.Capacity[core.ResourceStorage]; has.Cmp(asked) < 0 {
		volume = volume.DeepCopy()
		volume.Spec.Capacity[core.ResourceStorage] = asked
		if _, err := v.client.CoreV1().PersistentVolumes().Update(ctx, volume, meta.UpdateOptions{}); err != nil {
			return err
		}
	}
	if has := claim.Status.Capacity[core.ResourceStorage]; has.Cmp(asked) < 0 {
		claim = claim.DeepCopy()
		claim.Status.Capacity = core.ResourceList{core.ResourceStorage: asked}
		claim.Status.Conditions = nil
		_, err = v.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, meta.UpdateOptions{})
	}
	return err
}

// release removes a volume whose claim is gone, with its folder.
func (v *localVolumes) release(ctx context.Context, volume *core.PersistentVolume) error {
	if volume.Annotations[provisionedBy] != provisioner || volume.Status.Phase != core.VolumeReleased {
		return nil
	}
	folder := volume.Spec.Local.Path
	if filepath.Dir(folder) != v.folder {
		return fmt.Errorf("%s: the folder %s is not one of %s", volume.Name, folder, v.folder)
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return v.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{})
}
