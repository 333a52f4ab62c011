// Command pulumi-resource-kubernetes serves the Kubernetes provider of Pulumi, as the npm package @pulumi/kubernetes
// expects it: from 4.29 on it refuses to create an object that is there already. The provider's module is older, and
// with server-side apply it would take such an object over. The module's path lies below that of gRPC, whose package
// for interceptors of every server is internal.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/kinds"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/internal"
	"google.golang.org/protobuf/types/known/structpb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// upsertVariable asks for the takeover where the provider's input upsertExistingObjects says nothing.
	upsertVariable = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"
	// helmRelease is a type that is no object of the API server.
	helmRelease = "kubernetes:helm.sh/v3:Release"
)

// version is stamped by the linker: that of the npm package.
var version = "0.0.0"

func main() {
	addServerOptions := internal.AddGlobalServerOptions.(func(...grpc.ServerOption))
	addServerOptions(grpc.ChainUnaryInterceptor(new(keeper).intercept))

	// TypeScript programs bring their own types: the schema needs no more than the name, and nothing is converted from
	// Terraform.
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes"}`), []byte("{}"))
}

// keeper keeps the provider from creating what exists already.
type keeper struct {
	// off is set where takeovers are asked for, or the provider cannot take over.
	off atomic.Bool
}

func (k *keeper) intercept(
	ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	switch request := request.(type) {
	case *pulumirpc.ConfigureRequest:
		k.configure(request.GetVariables())
	case *pulumirpc.CreateRequest:
		if request.GetPreview() || k.off.Load() {
			break
		}
		if err := refuseExisting(ctx, info.Server.(pulumirpc.ResourceProviderServer), request); err != nil {
			return nil, err
		}
	}
	return handle(ctx, request)
}

// configure reads the provider's inputs. Without server-side apply the API server itself refuses; where manifests are
// rendered to files, it is not asked at all.
func (k *keeper) configure(inputs map[string]string) {
	serverSideApply := setting(inputs, "enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true)
	upsert := setting(inputs, "upsertExistingObjects", upsertVariable, false)
	k.off.Store(!serverSideApply || upsert || inputs["kubernetes:config:renderYamlToDirectory"] != "")
}

// setting is a switch of the provider: its input, else the variable of the environment, else the default.
func setting(inputs map[string]string, input, variable string, otherwise bool) bool {
	value, isSet := inputs["kubernetes:config:"+input]
	if !isSet {
		value, isSet = os.LookupEnv(variable)
	}
	if !isSet {
		return otherwise
	}
	return value == "true"
}

// refuseExisting fails where the object to be created is there. It asks the provider itself, which has the client, the
// kinds and the scopes. Between its answer and the apply that follows another client may still create the object.
func refuseExisting(
	ctx context.Context, server pulumirpc.ResourceProviderServer, request *pulumirpc.CreateRequest,
) error {
	urn := resource.URN(request.GetUrn())
	inputs, err := properties(request.GetProperties())
	if err != nil {
		return fmt.Errorf("resource %q was not created: its inputs cannot be read: %w", urn, err)
	}
	kind, name := text(inputs, "kind"), text(inputs, "metadata", "name")
	if name == "" || urn.Type() == helmRelease || kinds.IsPatchResource(urn, kind) {
		return nil
	}
	id := name
	if namespace := text(inputs, "metadata", "namespace"); namespace != "" {
		id = namespace + "/" + name
	}
	// Without inputs and state the provider reads as for an import: one request, and no waiting for the object.
	found, err := server.Read(ctx, &pulumirpc.ReadRequest{
		Id: id, Urn: request.GetUrn(), Name: request.GetName(), Type: request.GetType(),
	})
	if err != nil {
		if strings.Contains(err.Error(), "unreachable cluster") {
			return nil // The provider's Create says better why.
		}
		return fmt.Errorf(
			"resource %q was not created: whether it exists already cannot be seen; that takes the verb get: %w", id, err,
		)
	}
	// An unreachable cluster that is to be skipped is answered with the id, and with no properties.
	if found.GetId() == "" || found.GetProperties() == nil {
		return nil
	}
	live, err := properties(found.GetProperties())
	if err != nil {
		return fmt.Errorf("resource %q was not created: it exists already, and cannot be read: %w", id, err)
	}
	plural, _ := meta.UnsafeGuessKindToResource(schema.FromAPIVersionAndKind(text(inputs, "apiVersion"), kind))
	exists := apierrors.NewAlreadyExists(plural.GroupResource(), name)
	if text(live, "metadata", "deletionTimestamp") != "" {
		return fmt.Errorf("resource %q was not created: object is being deleted: %w; try again when it is gone", id, exists)
	}
	return fmt.Errorf(
		"resource %q was not created: %w; rename or delete one of the two, or take it over: "+
			"set %s=true for one run", id, exists, upsertVariable,
	)
}

// properties are those of a request or an answer, with secrets in plain.
func properties(message *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(message, plugin.MarshalOptions{SkipNulls: true})
}

// text is the string at a path of a resource's inputs; empty where there is none.
func text(inputs resource.PropertyMap, path ...resource.PropertyKey) string {
	for len(path) > 1 {
		value := inputs[path[0]]
		if !value.IsObject() {
			return ""
		}
		inputs, path = value.ObjectValue(), path[1:]
	}
	if value := inputs[path[0]]; value.IsString() {
		return value.StringValue()
	}
	return ""
}
