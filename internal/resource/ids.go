package resource

// Every kind is a Resource.
var _ = []Resource{
	(*Role)(nil), (*LogGroup)(nil), (*Function)(nil), (*Permission)(nil), (*RestAPI)(nil), (*UsagePlan)(nil), (*APIKey)(nil),
	(*Domain)(nil), (*BasePathMapping)(nil), (*Rule)(nil), (*ScheduleGroup)(nil), (*Schedule)(nil), (*Mapping)(nil),
	(*Notification)(nil), (*Subscription)(nil),
}

// FunctionID is the ID of a function by its name in AWS.
func FunctionID(name string) ID { return ID{KindFunction, name} }

// ID implements Resource, as do those below.
func (r *Role) ID() ID            { return ID{KindRole, r.Name} }
func (g *LogGroup) ID() ID        { return ID{KindLogGroup, g.Name} }
func (f *Function) ID() ID        { return FunctionID(f.Name) }
func (p *Permission) ID() ID      { return ID{KindPermission, p.Function + "/" + p.Statement} }
func (a *RestAPI) ID() ID         { return ID{KindRestAPI, a.Name} }
func (p *UsagePlan) ID() ID       { return ID{KindUsagePlan, p.Name} }
func (k *APIKey) ID() ID          { return ID{KindAPIKey, k.Name} }
func (d *Domain) ID() ID          { return ID{KindDomain, d.Name} }
func (m *BasePathMapping) ID() ID { return ID{KindBasePathMapping, m.Domain + "/" + m.BasePath} }
func (g *ScheduleGroup) ID() ID   { return ID{KindScheduleGroup, g.Name} }
func (s *Schedule) ID() ID        { return ID{KindSchedule, s.Group + "/" + s.Name} }
func (n *Notification) ID() ID    { return ID{KindNotification, n.Bucket} }

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

// DependsOn implements Resource, as do those below.
func (r *Role) DependsOn() []ID       { return nil }
func (g *LogGroup) DependsOn() []ID   { return nil }
func (f *Function) DependsOn() []ID   { return needs(f.After, f.Role) }
func (p *Permission) DependsOn() []ID { return needs([]ID{FunctionID(p.Function)}, p.SourceARN) }
func (a *RestAPI) DependsOn() []ID    { return needs(a.After) }
func (p *UsagePlan) DependsOn() []ID  { return needs([]ID{p.API}) }
func (k *APIKey) DependsOn() []ID     { return needs([]ID{k.Plan}) }
func (d *Domain) DependsOn() []ID     { return nil }
func (m *BasePathMapping) DependsOn() []ID {
	return needs(append([]ID{m.API}, m.After...))
}
func (r *Rule) DependsOn() []ID          { return needs(append([]ID{FunctionID(r.Function)}, r.After...)) }
func (g *ScheduleGroup) DependsOn() []ID { return nil }
func (s *Schedule) DependsOn() []ID {
	return needs([]ID{{KindScheduleGroup, s.Group}, FunctionID(s.Function)}, s.Role)
}
func (m *Mapping) DependsOn() []ID      { return needs([]ID{FunctionID(m.Function)}, m.Source) }
func (n *Notification) DependsOn() []ID { return needs(n.After) }
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
