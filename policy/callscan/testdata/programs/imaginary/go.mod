module github.com/aws/aws-sdk-go-v2/service/imaginary

go 1.21
