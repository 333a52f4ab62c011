// Command pulumi-resource-tls serves the Terraform provider of TLS keys and certificates to Pulumi, with the resource
// tokens of the npm package @pulumi/tls. The module's path lies below that of the provider, whose package is internal.
package main

import (
	"context"

	"github.com/hashicorp/terraform-provider-tls/internal/provider"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

const name = "tls"

// version is stamped by the linker: that of the npm package.
var version = "0.0.0"

func main() {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(provider.New()),
		Name:         name,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
	}
	info.MustComputeTokens(tokens.SingleModule(name+"_", "index", tokens.MakeStandard(name)))

	// TypeScript programs bring their own types: the schema needs no more than the name.
	pf.Main(context.Background(), name, info, pf.ProviderMetadata{PackageSchema: []byte(`{"name":"` + name + `"}`)})
}
