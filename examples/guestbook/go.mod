module example.com/guestbook

go 1.26

require github.com/chalicefile/chalicefile v0.0.0

replace github.com/chalicefile/chalicefile => ../..
