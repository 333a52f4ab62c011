//go:build tools

// Package main names the command that this module pins: the language host for Node.js, in the last version of the SDK's
// module that holds it. A main package cannot be imported by a program, so the command is built by its own path; the
// import keeps all that it needs in go.mod and go.sum.
package main

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
