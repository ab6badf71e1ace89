package actions

// ParseNeed reads a need as the table has it, its action with a prefix: "rds-db:connect arn:…:dbuser:*/${DBUser}". It is
// for what is no operation of a service.
func ParseNeed(text string) (Need, error) { return parseNeed(text, "") }
