// Command pulumi-resource-random serves the Terraform provider of random values to Pulumi, with the resource tokens of
// the npm package @pulumi/random. The module's path lies below that of the provider, whose package is internal.
package main

import (
	"context"
	"errors"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

const name = "random"

// version is stamped by the linker: that of the npm package.
var version = "0.0.0"

func main() {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(provider.New()),
		Name:         name,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*tfbridge.ResourceInfo{
			// The one resource of the provider that has no id of its own.
			"random_bytes": {ComputeID: bytesID},
		},
	}
	// "random_password" is RandomPassword, not Password.
	standard := tokens.MakeStandard(name)
	info.MustComputeTokens(tokens.SingleModule(name+"_", "index", func(module, resource string) (string, error) {
		return standard(module, "Random"+resource)
	}))

	// TypeScript programs bring their own types: the schema needs no more than the name.
	pf.Main(context.Background(), name, info, pf.ProviderMetadata{PackageSchema: []byte(`{"name":"` + name + `"}`)})
}

// bytesID takes the value itself for the id, as the published provider does, so that states of either can be read by
// the other.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("random bytes without a base64 text")
	}
	return resource.ID(value.StringValue()), nil
}
