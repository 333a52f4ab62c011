/** Volumes are folders of the node; `local-volumes` makes them. The default class. */
export const storageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "local",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "mq.test/local",
  reclaimPolicy: "Delete",
  allowVolumeExpansion: true,
  volumeBindingMode: "Immediate",
} as const;
