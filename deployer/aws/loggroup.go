package aws

import "github.com/chalicefile/chalicefile/deployer"

func newLogGroups(_ *Clients) deployer.Actuator { return nil } // being written
