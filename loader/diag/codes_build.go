package diag

// buildCodes are told when an app is built and run.
func buildCodes() []Code {
	return []Code{
		{"environment-unset", Warning, "The code reads an environment variable that nobody sets",
			"A process of the app gets the environment of the Chalicefile, Lambda's own variables, locally the " +
				"shell's AWS_*, and nothing else. Where the variable may be absent, os.LookupEnv says so."},
		{"go-build", Error, "The app does not build",
			"What the Go compiler says is told at the handler that it is about, or the first whose package imports " +
				"the one that does not compile."},
	}
}
