module example.com/lib

go 1.26.0

require github.com/aws/aws-sdk-go-v2/service/s3 v1.114.7
