package aws

import "github.com/chalicefile/chalicefile/deployer"

func newDomains(_ *Clients) deployer.Actuator { return nil } // being written
