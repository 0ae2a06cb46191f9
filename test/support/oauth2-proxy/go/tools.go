//go:build tools

// Package tools names the program, so that go.mod and go.sum pin all that it is built of.
package tools

import _ "github.com/oauth2-proxy/oauth2-proxy/v7"
