package diag

// schemaCodes are told by the JSON schema: step 2.
func schemaCodes() []Code {
	return []Code{
		{"exclusive-keys", Error, "Two keys exclude each other",
			"Of some keys one alone may stand, such as rate, cron and at of a schedule. In an overlay setting one " +
				"replaces the others."},
		{"invalid-name", Error, "A name has characters that it cannot have",
			"Names become names in AWS, which has its rules for each."},
		{"invalid-value", Error, "A value is none of those that are allowed",
			"The value is none of a list, or has not the form that it must have."},
		{"misplaced-interpolation", Error, "An interpolation stands where it cannot",
			"${…} makes strings: it cannot stand for a number, a boolean or one of a list, nor in handlers, " +
				"packages and files."},
		{"misplaced-key", Error, "A key stands without the one that it belongs to",
			"Some keys go with another one alone."},
		{"missing-key", Error, "A key is missing",
			"The mapping needs the key. Overlays may be partial: of them the merged file counts."},
		{"out-of-range", Error, "A number, a list or a text is too small or too large",
			"AWS's limits, as far as they are known for each key."},
		{"unknown-key", Error, "A key is not known",
			"Every mapping of the format is closed. What only follows from a misspelt key is not told."},
		{"wrong-type", Error, "A value is of another type than its key takes",
			"A string, number, boolean, list or mapping is wanted. Quote what is meant as a string."},
	}
}
