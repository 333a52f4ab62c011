import * as pulumi from "@pulumi/pulumi";

/** Has `up` wait for no object of a cluster, whichever component makes it, and take none for one that has failed. */
export function skipAwait(): void {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const { metadata } = props as { metadata?: { annotations?: Record<string, string> } };
    const annotations: Record<string, string> = {
      ...metadata?.annotations,
      "pulumi.com/skipAwait": "true",
    };
    delete annotations["pulumi.com/replaceUnready"];
    return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
  });
}
