-- Neovim with the configuration in docs/editors.md: shows the headline conflict, fixes it, and
-- shows nothing afterwards. Run by `make e2e-editors`, with the command in PATH.

local project = vim.fn.getcwd()
local count = 0

local function say(line)
  io.stdout:write(line .. "\n")
end

-- Waits for what takes a while in another process.
local function wait(what, condition)
  assert(vim.wait(60000, condition, 10), "never: " .. what)
end

local function test(what, body)
  count = count + 1
  local passed, why = pcall(body)
  say((passed and "ok " or "not ok ") .. count .. " " .. what)
  if not passed then
    say("# " .. tostring(why))
    vim.cmd("cquit 1")
  end
end

local function equal(found, expected)
  assert(vim.deep_equal(found, expected), vim.inspect(found) .. " instead of " .. vim.inspect(expected))
end

-- The Lua blocks of the page: for 0.11 and for older versions.
local function configurations()
  local page = table.concat(vim.fn.readfile(project .. "/docs/editors.md"), "\n")
  local blocks = {}
  for block in page:gmatch("```lua\n(.-)```") do
    table.insert(blocks, block)
  end
  equal(#blocks, 2)
  return blocks
end

-- The diagnostics as line, severity and rule.
local function shown()
  local all = {}
  for _, it in ipairs(vim.diagnostic.get(0)) do
    local code = it.code or (it.user_data and it.user_data.lsp and it.user_data.lsp.code)
    table.insert(all, (it.lnum + 1) .. " " .. vim.diagnostic.severity[it.severity] .. " " .. tostring(code))
  end
  table.sort(all)
  return all
end

local function shows(expected)
  wait("shown: " .. vim.inspect(expected), function() return vim.deep_equal(shown(), expected) end)
end

-- Chooses a code action by the beginning of its title, as a user does in the menu.
local function act(line, title)
  local offered = {}
  vim.ui.select = function(items, options, choose)
    for _, item in ipairs(items) do
      local name = options.format_item(item)
      table.insert(offered, name)
      if vim.startswith(name, title) then
        return choose(item)
      end
    end
  end
  vim.api.nvim_win_set_cursor(0, { line, 4 })
  local before = vim.api.nvim_buf_get_changedtick(0)
  vim.lsp.buf.code_action()
  local changed = vim.wait(60000, function() return vim.api.nvim_buf_get_changedtick(0) > before end, 10)
  assert(changed, title .. " is not among " .. vim.inspect(offered))
end

-- What the server answers to a request about the document.
local function ask(method, params)
  params.textDocument = { uri = vim.uri_from_bufnr(0) }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 60000)) do
    return answer.result
  end
end

if not vim.lsp.start then -- before 0.8
  vim.lsp.start = function(config)
    vim.lsp.buf_attach_client(0, vim.lsp.start_client(config))
  end
end

local folder = vim.fn.tempname()
vim.fn.mkdir(folder, "p")
local file = folder .. "/train.yaml"
vim.fn.writefile(vim.fn.readfile(project .. "/docs/cli.in/jobs/train.yaml"), file)

test("the configuration of the page starts the server", function()
  local blocks = configurations()
  assert(loadstring(vim.lsp.config and blocks[1] or blocks[2]))()
  vim.cmd("edit " .. file)
  equal(vim.bo.filetype, "yaml")
end)

test("the conflict is shown at its line", function()
  shows({ "7 ERROR interactive-backoff", "8 WARN yaml-boolean" })
end)

test("the rule is explained on hover", function()
  local hover = ask("textDocument/hover", { position = { line = 6, character = 4 } })
  assert(hover.contents.value:find("Why: ", 1, true), hover.contents.value)
end)

test("the releases are told above the object", function()
  local lenses = ask("textDocument/codeLens", {})
  equal(#lenses, 1)
  say("# " .. lenses[1].command.title)
  vim.lsp.codelens.refresh()
  wait("a lens", function() return #vim.lsp.codelens.get(0) == 1 end)
end)

test("a fix is applied and nothing else changes", function()
  act(7, "Set backoffLimit to 0")
  shows({ "8 WARN yaml-boolean" })
  equal(vim.fn.getline(7), "  backoffLimit: 0  # try again")
end)

test("what is typed is checked", function()
  vim.fn.setline(7, "  backoffLimit: 3 # 🚀")
  shows({ "7 ERROR interactive-backoff", "8 WARN yaml-boolean" })
  vim.fn.setline(7, "  backoffLimit: 0 # 🚀")
  shows({ "8 WARN yaml-boolean" })
end)

test("all safe fixes leave nothing", function()
  act(8, "Apply all safe fixes")
  shows({})
end)

test("settings beside the file apply when it is saved", function()
  vim.fn.writefile({ "rules: {interactive-backoff: warn}" }, folder .. "/.rayjob-policy.yaml")
  vim.fn.setline(7, "  backoffLimit: 3")
  vim.cmd("silent write")
  shows({ "7 WARN interactive-backoff" })
end)

test("the server ends with the editor", function()
  local clients = (vim.lsp.get_clients or vim.lsp.get_active_clients)()
  equal(#clients, 1)
  vim.lsp.stop_client(clients[1].id)
  wait("the end", function() return #(vim.lsp.get_clients or vim.lsp.get_active_clients)() == 0 end)
end)

vim.cmd("qall!")
