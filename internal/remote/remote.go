// Package remote speaks with a deployed app: its logs, its functions, its URL.
package remote
