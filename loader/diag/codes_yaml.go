package diag

// yamlCodes are told of the files as YAML, of includes and of interpolation: step 1.
func yamlCodes() []Code {
	return []Code{
		{"duplicate-key", Error, "A key stands twice in a mapping",
			"Readers of YAML take the first, the last or neither. The later one is told."},
		{"env-unset", Error, "An environment variable of an interpolation is not set",
			"${env.NAME} takes the variable of the process that runs the tool. In the overlay of a stage that is " +
				"not asked for it is a warning. ${env.NAME:-fallback} has a value in any case."},
		{"file-not-found", Error, "There is no Chalicefile",
			"The file is looked for in the directory that is given, or in the working directory and above it."},
		{"file-unreadable", Error, "The Chalicefile cannot be read",
			"The file is there, but the system does not let it be read."},
		{"include-build-tags", Error, "An included file sets build tags",
			"One binary serves every function of an app: build tags are those of the root file's defaults."},
		{"include-conflict", Error, "Two files define the same",
			"A path, a name or the WebSocket API stands in two files. url_prefix and name_prefix of an include " +
				"tell them apart."},
		{"include-cycle", Error, "A file includes itself",
			"Be it by way of others: the entry that closes the circle is told."},
		{"include-not-found", Error, "An included file is not there",
			"The name is relative to the file that includes it."},
		{"include-unreadable", Error, "An included file cannot be read",
			"The file is there, but the system does not let it be read."},
		{"interpolation-syntax", Error, "An interpolation is not written as one",
			"${…} is closed on its line, names a variable, and its fallback holds no other. $${ is a literal ${."},
		{"nothing-to-remove", Warning, "A null of an overlay removes nothing",
			"null takes a key of the file away for a stage. There is none of this name: most often it is " +
				"misspelt."},
		{"unknown-interpolation", Error, "An interpolation has a name that is not known",
			"Known are app, stage, region, account and env.NAME. IAM's own ${aws:…} stays; $${ is a literal ${."},
		{"yaml-alias-bomb", Error, "Aliases stand for too many values",
			"Aliases of aliases multiply. The limit is far beyond what an app needs."},
		{"yaml-alias", Error, "An alias has no anchor",
			"A plain scalar that starts with * is an alias in YAML: quote cron: '*/5 * * * ? *' and '*/*'."},
		{"yaml-ambiguous", Error, "A scalar means one thing to this program and another to others",
			"0777, 1_000, 1e3 and the like are numbers to some readers of YAML and text, or other numbers, to " +
				"others. Quote text; write numbers in plain digits."},
		{"yaml-documents", Error, "The file has a second document",
			"A Chalicefile is one document: what follows --- would be dropped silently."},
		{"yaml-empty", Error, "The file is empty",
			"An app has at least version, app and something to deploy."},
		{"yaml-encoding", Error, "The file is not UTF-8",
			"YAML is text in UTF-8, without control characters."},
		{"yaml-indentation", Error, "A line is indented like nothing above it",
			"Keys of one mapping, and items of one list, start in the same column."},
		{"yaml-key", Error, "A key is no string",
			"Readers disagree about what number or boolean a key is: quote it."},
		{"yaml-limit", Error, "The file goes beyond what is read",
			"Size, depth and the number of includes have limits, far beyond what an app needs."},
		{"yaml-merge", Error, "A merge takes what is no mapping",
			"<< takes an alias of a mapping, or a list of such."},
		{"yaml-syntax", Error, "The file is not YAML here",
			"Reading goes on behind the fault, so that one run tells all of them."},
		{"yaml-tab", Error, "A line is indented by tabs",
			"YAML allows spaces alone."},
		{"yaml-unclosed", Error, "A bracket or a quote is not closed",
			"It is told where it opens."},
		{"yaml-unsupported", Error, "YAML has this, and a Chalicefile does not",
			"Directives, tags, and keys that are no plain words are not needed, and read differently by different " +
				"readers."},
	}
}
