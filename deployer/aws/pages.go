package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/chalicefile/chalicefile/deployer"
)

// pager is a paginator of the SDK: P is the output of its operation, O the
// options of its service.
type pager[P, O any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*O)) (P, error)
}

// everyPage collects what the pages of a list hold. A list of what is not there
// any more is empty.
func everyPage[P, O, T any](ctx context.Context, pages pager[P, O], items func(P) []T) ([]T, error) {
	var all []T
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isClass(err, deployer.ClassNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, fail(err)
		}
		all = append(all, items(page)...)
	}
	return all, nil
}

// texts takes one text of each item.
func texts[T any](items []T, text func(T) *string) []string {
	var all []string
	for _, item := range items {
		all = append(all, awssdk.ToString(text(item)))
	}
	return all
}
