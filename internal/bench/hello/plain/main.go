// Command plain is the smallest function that aws-lambda-go can make.
package main

import "github.com/aws/aws-lambda-go/lambda"

func hello() (map[string]string, error) { return map[string]string{"hello": "world"}, nil }

func main() { lambda.Start(hello) }
