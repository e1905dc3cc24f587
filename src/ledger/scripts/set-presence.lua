--@include presence reply
if isOverdue() then return now end
local id = request.agent
local agent = agentOf(id)
if not agent or not agent.on then return reply({ type = 'unknown-agent' }) end
local from = agent.presence
if request.onlyFrom then
  local meant = false
  for _, state in ipairs(request.onlyFrom) do meant = meant or state == from.state end
  if not meant then return reply({ type = 'unchanged', presence = from }) end
end
if agent.pending then
  agent.pending = nil
  touch(id)
end
local to = presenceAt(request.presence, now)
if samePresence(from, to) then return reply({ type = 'unchanged', presence = from }) end
if request.whenFree and next(agent.holds) then
  agent.pending = to
  touch(id)
  return reply({ type = 'pending', to = to })
end
changePresence(id, agent, to, now)
return reply({ type = 'changed', from = from, to = to })
