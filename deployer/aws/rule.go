package aws

import "github.com/chalicefile/chalicefile/deployer"

func newRules(_ *Clients) deployer.Actuator { return nil } // being written
