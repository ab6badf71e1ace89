package deployer

import (
	"strconv"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// tooVisible are the queues whose messages would come back while a function
// still works on them: Lambda refuses to read such a queue.
func tooVisible(g *resource.Graph, get resource.Lookup) []Problem {
	var problems []Problem
	for _, x := range g.External {
		text, ok := get(resource.Ref{ID: x.ID, Attribute: "visibility_timeout"})
		mapping, isMapping := g.Find(x.For).(*resource.Mapping)
		if !ok || !isMapping {
			continue
		}
		visibility, err := strconv.Atoi(text)
		function, isFunction := g.Find(resource.FunctionID(mapping.Function)).(*resource.Function)
		if err != nil || !isFunction || visibility >= function.Timeout {
			continue
		}
		timeout := strconv.Itoa(function.Timeout)
		problems = append(problems, Problem{
			ID: x.For, Path: x.Path,
			Message: "the visibility timeout of the queue " + x.ID.Name + " is " + text + " s, less than the timeout of the function " + function.Name + ", " + timeout + " s",
			Hint:    "give the queue a visibility timeout of at least " + timeout + " s, best six times as long, or the function a shorter timeout",
		})
	}
	return problems
}
