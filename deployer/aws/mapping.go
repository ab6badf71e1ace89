package aws

import "github.com/chalicefile/chalicefile/deployer"

func newMappings(_ *Clients) deployer.Actuator { return nil } // being written
