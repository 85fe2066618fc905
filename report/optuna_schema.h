// The tables of an Optuna storage, as Optuna 4 and 5 make them.
#pragma once

namespace SQLite {
class Database;
}

namespace unmask {

/// Makes the tables, empty but for their version, in a database that has none. THROWS SQLite::Exception.
void make_optuna_tables(SQLite::Database& database);

}  // namespace unmask
