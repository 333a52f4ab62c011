package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// newPart is the command of a part of ours: it runs until it is told to end, with a client of the API server that the
// flag --kubeconfig names.
func newPart(name, short string, run func(context.Context, kubernetes.Interface) error) *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			// The defaults hold back a client of a large cluster; tests wait for this one.
			config.QPS, config.Burst = 500, 1000
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return run(ctx, client)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "path of a kubeconfig")
	return command
}
