// Command pulumi-resource-rabbitmq serves the Terraform provider of RabbitMQ to Pulumi, with the resource tokens of the
// npm package @pulumi/rabbitmq.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-rabbitmq/rabbitmq"
)

const (
	name = "rabbitmq"
	// Names that Pulumi makes up ("<resource>-<hex>") stay within what AMQP allows: a short string.
	longestName = 255
)

// version is stamped by the linker: that of the npm package.
var version = "0.0.0"

func main() {
	provider := tfbridge.ProviderInfo{
		P:            sdkv2.NewProvider(rabbitmq.Provider()),
		Name:         name,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*tfbridge.ResourceInfo{
			// The one token that does not follow from the Terraform name.
			"rabbitmq_vhost": {Tok: "rabbitmq:index/vHost:VHost"},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"rabbitmq_vhost": {Tok: "rabbitmq:index/getVHost:getVHost"},
		},
	}
	provider.MustComputeTokens(tokens.SingleModule(name+"_", "index", tokens.MakeStandard(name)))
	provider.SetAutonaming(longestName, "-")

	// TypeScript programs bring their own types: the schema needs no more than the name.
	tfbridge.Main(name, version, provider, []byte(`{"name":"`+name+`"}`))
}
