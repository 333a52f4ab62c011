// Command pulumi-resource-kubernetes serves the Kubernetes provider of Pulumi, as the npm package @pulumi/kubernetes
// expects it.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

// version is stamped by the linker: that of the npm package.
var version = "0.0.0"

func main() {
	// TypeScript programs bring their own types: the schema needs no more than the name, and nothing is converted from
	// Terraform.
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes"}`), []byte("{}"))
}
