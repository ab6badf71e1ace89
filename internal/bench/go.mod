module github.com/chalicefile/chalicefile/internal/bench

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2
	github.com/chalicefile/chalicefile v0.0.0
	github.com/go-chi/chi/v5 v5.5.0
)

replace github.com/chalicefile/chalicefile => ../..
