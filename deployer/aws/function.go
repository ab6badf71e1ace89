package aws

import "github.com/chalicefile/chalicefile/deployer"

func newFunctions(_ *Clients) deployer.Actuator { return nil } // being written
