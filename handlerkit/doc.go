// Package handlerkit is what a handler of a Chalicefile needs.
//
// A handler is an exported function that the Chalicefile names; most need
// nothing of this package:
//
//	// routes: {/cities/{city}: {GET: StateOfCity}}
//	func StateOfCity(ctx context.Context, city string) (State, error) {
//		s, ok := states[city]
//		if !ok {
//			return State{}, handlerkit.BadRequest("Unknown city '%s'", city)
//		}
//		return State{s}, nil
//	}
//
// # Errors
//
// [BadRequest], [NotFound] and their siblings make errors that say how they are
// answered: {"Code":"NotFoundError","Message":"…"} with the status 404. They are
// found through wrapping. An error with a method HTTPStatus() int is answered
// with that status and its own text. Any other error, and a panic, is logged
// with its stack and answered 500 without its text; the process lives on.
//
// # Requests and responses
//
// A handler that wants more than typed parameters takes the [Request], which
// decodes what it is asked for and nothing else; [RequestFrom] finds it anywhere
// below a route. One that wants to say more than a value returns a [*Response],
// a [Reply] or what [Redirect] makes:
//
//	func Create(ctx context.Context, body Order) (handlerkit.Reply[Order], error) {
//		return handlerkit.Reply[Order]{Status: 201, Body: body}, nil
//	}
//
// A middleware is a func(next handlerkit.Handler) handlerkit.Handler; see
// [Handler].
//
// # Events
//
// Handlers of events take the types of aws-lambda-go/events, or [S3Object],
// [Event] and [Change] of this package, one record at a time. A record whose
// handler fails is retried alone; one whose error came from [Drop] is not. An
// authorizer takes an [AuthRequest] and answers with [Allow], [Deny] or
// [ErrUnauthorized].
//
// # Logs
//
// [Logger] writes JSON with the request's id and the function's name. It is
// slog's default, so that slog.InfoContext(ctx, …) does the same.
package handlerkit
