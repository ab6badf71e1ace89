package aws

import "github.com/chalicefile/chalicefile/deployer"

func newRoles(_ *Clients) deployer.Actuator { return nil } // being written
