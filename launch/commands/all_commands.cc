#include "launch/commands/all_commands.h"

#include "launch/commands/audit_command.h"
#include "launch/commands/check_command.h"
#include "launch/commands/evaluate_command.h"
#include "launch/commands/plan_command.h"
#include "launch/commands/predict_command.h"
#include "launch/commands/prepare_command.h"
#include "launch/commands/report_command.h"
#include "launch/commands/split_command.h"
#include "launch/commands/status_command.h"
#include "launch/commands/sweep_command.h"
#include "launch/commands/synth_command.h"
#include "launch/commands/train_command.h"
#include "launch/commands/watch_command.h"
#include "launch/commands/weights_command.h"

namespace unmask {

std::vector<Command> all_commands() {
  return {prepare_command(),  split_command(),   audit_command(), train_command(),  sweep_command(),
          evaluate_command(), predict_command(), watch_command(), status_command(), report_command(),
          import_command(),   export_command(),  synth_command(), check_command(),  plan_command()};
}

}  // namespace unmask
