package resource

// Every kind is a Resource.
var _ = []Resource{
	(*Role)(nil), (*LogGroup)(nil), (*Function)(nil), (*Permission)(nil), (*RestAPI)(nil), (*UsagePlan)(nil), (*APIKey)(nil),
	(*Domain)(nil), (*BasePathMapping)(nil), (*Rule)(nil), (*ScheduleGroup)(nil), (*Schedule)(nil), (*Mapping)(nil),
	(*Notification)(nil), (*Subscription)(nil),
}

// FunctionID is the ID of a function by its name in AWS.
func FunctionID(name string) ID { return ID{KindFunction, name} }

// ID implements Resource.
func (r *Role) ID() ID { return ID{KindRole, r.Name} }

// ID implements Resource.
func (g *LogGroup) ID() ID { return ID{KindLogGroup, g.Name} }

// ID implements Resource.
func (f *Function) ID() ID { return FunctionID(f.Name) }

// ID implements Resource.
func (p *Permission) ID() ID { return ID{KindPermission, p.Function + "/" + p.Statement} }

// ID implements Resource.
func (a *RestAPI) ID() ID { return ID{KindRestAPI, a.Name} }

// ID implements Resource.
func (p *UsagePlan) ID() ID { return ID{KindUsagePlan, p.Name} }

// ID implements Resource.
func (k *APIKey) ID() ID { return ID{KindAPIKey, k.Name} }

// ID implements Resource.
func (d *Domain) ID() ID { return ID{KindDomain, d.Name} }

// ID implements Resource.
func (m *BasePathMapping) ID() ID { return ID{KindBasePathMapping, m.Domain + "/" + m.BasePath} }

// ID implements Resource.
func (g *ScheduleGroup) ID() ID { return ID{KindScheduleGroup, g.Name} }

// ID implements Resource.
func (s *Schedule) ID() ID { return ID{KindSchedule, s.Group + "/" + s.Name} }

// ID implements Resource.
func (n *Notification) ID() ID { return ID{KindNotification, n.Bucket} }

// ID names the bus where it is not the default one.
func (r *Rule) ID() ID {
	if r.Bus == "" || r.Bus == "default" {
		return ID{KindRule, r.Name}
	}
	return ID{KindRule, r.Bus + "/" + r.Name}
}

// ID is that of the function: it has one source.
func (m *Mapping) ID() ID { return ID{KindMapping, m.Function} }

// ID is that of the function and the topic.
func (s *Subscription) ID() ID { return ID{KindSubscription, s.Function + "/" + s.TopicARN} }

// DependsOn implements Resource.
func (r *Role) DependsOn() []ID { return nil }

// DependsOn implements Resource.
func (g *LogGroup) DependsOn() []ID { return nil }

// DependsOn implements Resource.
func (f *Function) DependsOn() []ID { return needs(f.After, f.Role) }

// DependsOn implements Resource.
func (p *Permission) DependsOn() []ID { return needs([]ID{FunctionID(p.Function)}, p.SourceARN) }

// DependsOn implements Resource.
func (a *RestAPI) DependsOn() []ID { return needs(a.After) }

// DependsOn implements Resource.
func (p *UsagePlan) DependsOn() []ID { return needs([]ID{p.API}) }

// DependsOn implements Resource.
func (k *APIKey) DependsOn() []ID { return needs([]ID{k.Plan}) }

// DependsOn implements Resource.
func (d *Domain) DependsOn() []ID { return nil }

// DependsOn implements Resource.
func (m *BasePathMapping) DependsOn() []ID {
	return needs(append([]ID{m.API}, m.After...))
}

// DependsOn implements Resource.
func (r *Rule) DependsOn() []ID { return needs(append([]ID{FunctionID(r.Function)}, r.After...)) }

// DependsOn implements Resource.
func (g *ScheduleGroup) DependsOn() []ID { return nil }

// DependsOn implements Resource.
func (s *Schedule) DependsOn() []ID {
	return needs([]ID{{KindScheduleGroup, s.Group}, FunctionID(s.Function)}, s.Role)
}

// DependsOn implements Resource.
func (m *Mapping) DependsOn() []ID { return needs([]ID{FunctionID(m.Function)}, m.Source) }

// DependsOn implements Resource.
func (n *Notification) DependsOn() []ID { return needs(n.After) }

// DependsOn implements Resource.
func (s *Subscription) DependsOn() []ID {
	return needs(append([]ID{FunctionID(s.Function)}, s.After...))
}

// needs are ids and those in texts, without what is not of the app, none twice.
func needs(ids []ID, texts ...Text) []ID {
	var all []ID
	seen := map[ID]bool{}
	add := func(id ID) {
		if !seen[id] && id.Kind != KindQueue && id.Kind != KindTable {
			seen[id] = true
			all = append(all, id)
		}
	}
	for _, id := range ids {
		add(id)
	}
	for _, t := range texts {
		for _, ref := range t.Refs() {
			add(ref.ID)
		}
	}
	return all
}
