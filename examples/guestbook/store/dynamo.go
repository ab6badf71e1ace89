package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// dynamo keeps entries in a table whose key is the string "id".
type dynamo struct {
	client *dynamodb.Client
	table  string
}

func (d *dynamo) put(ctx context.Context, e Entry) error {
	item, err := attributevalue.MarshalMap(e)
	if err != nil {
		return fmt.Errorf("encode entry %s: %w", e.ID, err)
	}
	_, err = d.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &d.table, Item: item})
	return err
}

func (d *dynamo) get(ctx context.Context, id string) (Entry, error) {
	var e Entry
	out, err := d.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.table, Key: key(id)})
	if err != nil {
		return e, err
	}
	if out.Item == nil {
		return e, ErrNotFound
	}
	return e, attributevalue.UnmarshalMap(out.Item, &e)
}

func (d *dynamo) remove(ctx context.Context, id string) error {
	_, err := d.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &d.table, Key: key(id)})
	return err
}

func (d *dynamo) all(ctx context.Context) ([]Entry, error) {
	var entries []Entry
	pages := dynamodb.NewScanPaginator(d.client, &dynamodb.ScanInput{TableName: &d.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		var some []Entry
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &some); err != nil {
			return nil, err
		}
		entries = append(entries, some...)
	}
	return entries, nil
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}
