package diag

// goCodes are told by what reads Go code: step 4.
func goCodes() []Code {
	return []Code{
		{"constructor-cycle", Error, "Constructors need each other",
			"Each value that a constructor takes is made before it. Break the circle: let one of them take what it " +
				"needs later, by a method."},
		{"constructor-missing", Error, "A type with handlers has no constructor",
			"A handler Type.Method is called on the one value of the type that its package's New<Type>, else New, " +
				"makes when the process starts."},
		{"constructor-parameter", Error, "A parameter of a constructor cannot be made",
			"A constructor takes a context.Context, if it wants one, and then values of types that have " +
				"constructors themselves. Settings it reads from the environment."},
		{"constructor-signature", Error, "A constructor has not the form of one",
			"It returns the type or a pointer to it, with an error as a second result where it may fail."},
		{"go-command", Error, "The go command cannot do its work",
			"There is no go command, or it cannot load the app as a whole: its words follow."},
		{"go-module-missing", Error, "The app is in no Go module",
			"An app is a directory inside a Go module, which requires github.com/chalicefile/chalicefile."},
		{"go-module-requirement", Error, "The module does not require chalicefile's own",
			"The generated main imports github.com/chalicefile/chalicefile/handlerkit/lambdamain, so that the " +
				"app's go.mod has to require that module."},
		{"go-module-version", Error, "The module requires a version of chalicefile's own that does not fit",
			"The generated main needs the packages of the tool that made it: the same major version (before v1 " +
				"the same minor one), and one that is not older."},
		{"go-package", Error, "A Go package cannot be found or loaded",
			"The words are the go command's, told at the first handler whose package is or imports the one that it speaks of."},
		{"go-syntax", Error, "A Go file is no Go code",
			"It is told at the first handler whose package is or imports that of the file; the place where the parser " +
				"stopped is related. Handlers that may stand behind it are not checked."},
		{"go-type", Error, "Go code does not type-check",
			"What the compiler would say, for every package of the app and those that it imports. It is told at the " +
				"first handler whose package is or imports the one that does not compile; the place in Go code is related."},
		{"handler-body-method", Error, "A handler of GET or HEAD takes a body",
			"Such requests have none. Query parameters are taken by an input struct with query tags."},
		{"handler-generic", Error, "A handler has type parameters",
			"Nothing in the Chalicefile could say what they are."},
		{"handler-input-default", Error, "The default of an input's field does not convert",
			"The text in the tag default has to be a value of the field's type."},
		{"handler-input-field", Error, "A field of an input cannot be filled",
			"A tagged field is exported and holds a string, number, boolean or encoding.TextUnmarshaler, a pointer " +
				"to one, or a slice of them; the body's is []byte, string, or what JSON is decoded into."},
		{"handler-input-tag", Error, "A tag of an input is none",
			"A tagged field names one place, path, query, header, cookie, form, auth or body, and the value's name " +
				"there. The tags default and required may stand beside it, one of the two."},
		{"handler-not-found", Error, "A handler does not exist",
			"The package has no exported function, or the type no method, of the name."},
		{"handler-not-function", Error, "A handler is a type, variable or constant",
			"Handlers are functions that the package declares, or methods."},
		{"handler-package", Error, "The package of a handler does not exist or cannot be imported",
			"A package is a directory relative to the Chalicefile, within the module, or the import path of a " +
				"package of a required module. Package main, and what is internal to another tree, cannot be " +
				"imported by the generated main."},
		{"handler-parameter", Error, "A parameter of a handler cannot be bound",
			"The kinds of parameters depend on what runs the handler: a route, an event source, a schedule, an " +
				"invocation, an authorizer or a WebSocket."},
		{"handler-parameter-name", Error, "A parameter of a route's handler has no name",
			"Parameters of routes are bound by name. Leave out what is not needed."},
		{"handler-parameter-twice", Error, "A handler takes the same thing twice",
			"But for path parameters, each kind of parameter is there at most once."},
		{"handler-path-parameter", Error, "A parameter of a handler is no path parameter of its route",
			"A string, number or boolean is the path parameter of its name, compared without case, _ and -. Query " +
				"parameters are taken by an input struct."},
		{"handler-reference", Error, "A handler reference is none",
			"It is Name, package.Name, Type.Method or package.Type.Method."},
		{"handler-result", Error, "A handler returns what cannot be sent",
			"A handler returns nothing, an error, a value, or a value and an error. Of queues and streams, only " +
				"handlers of whole events return a value, which is the source's response type."},
		{"handler-type", Error, "The generated main cannot name a type of a handler",
			"It is a package of its own: the types that it decodes are exported, and in packages that it may import."},
		{"handler-variadic", Error, "A handler is variadic",
			"Nothing says what the further arguments would be."},
		{"middleware-signature", Error, "A middleware has not the form of one",
			"It is a func(handlerkit.Handler) handlerkit.Handler, or a func(http.Handler) http.Handler."},
		{"path-parameter-unread", Warning, "A path parameter is never read",
			"The handler takes neither a parameter of its name nor the request."},
		{"schedule-input", Warning, "A schedule's input and its handler are strangers to each other",
			"With input, a schedule sends it in place of the standard event; without, the standard event."},
	}
}
