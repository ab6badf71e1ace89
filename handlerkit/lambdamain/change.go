package lambdamain

import (
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/chalicefile/chalicefile/handlerkit"
	"github.com/chalicefile/chalicefile/handlerkit/internal/dynamoav"
)

// DecodeChange decodes a record of a DynamoDB stream by dynamodbav tags.
func DecodeChange[T any](r events.DynamoDBEventRecord) (handlerkit.Change[T], error) {
	c := handlerkit.Change[T]{Name: r.EventName}
	if err := dynamoav.Decode(r.Change.Keys, &c.Keys); err != nil {
		return c, fmt.Errorf("the keys do not fit %T: %w", c.Keys, err)
	}
	var err error
	if c.Old, err = image[T](r.Change.OldImage); err != nil {
		return c, fmt.Errorf("the old image does not fit %T: %w", c.Keys, err)
	}
	if c.New, err = image[T](r.Change.NewImage); err != nil {
		return c, fmt.Errorf("the new image does not fit %T: %w", c.Keys, err)
	}
	return c, nil
}

func image[T any](item dynamoav.Item) (*T, error) {
	if item == nil {
		return nil, nil
	}
	v := new(T)
	return v, dynamoav.Decode(item, v)
}
