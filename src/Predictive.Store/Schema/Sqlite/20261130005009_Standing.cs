using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Predictive.Store.Schema.Sqlite
{
    /// <inheritdoc />
    public partial class Standing : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "as_of",
                table: "rule_states",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "standing_campaigns",
                columns: table => new
                {
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    AsOf = table.Column<long>(type: "INTEGER", nullable: false),
                    SinceDay = table.Column<int>(type: "INTEGER", nullable: false),
                    Actor = table.Column<string>(type: "TEXT", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Report = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_campaigns", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "standing_entrants",
                columns: table => new
                {
                    Campaign = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    CustomerId = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    Entry = table.Column<int>(type: "INTEGER", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    Why = table.Column<string>(type: "TEXT", nullable: false),
                    CrossedDay = table.Column<int>(type: "INTEGER", nullable: false),
                    EnteredDay = table.Column<int>(type: "INTEGER", nullable: false),
                    ToDay = table.Column<int>(type: "INTEGER", nullable: false),
                    IsHeldOut = table.Column<bool>(type: "INTEGER", nullable: false),
                    NextStep = table.Column<int>(type: "INTEGER", nullable: false),
                    DueDay = table.Column<int>(type: "INTEGER", nullable: false),
                    Risk = table.Column<double>(type: "REAL", nullable: false),
                    Value = table.Column<double>(type: "REAL", nullable: false),
                    SpendBefore = table.Column<double>(type: "REAL", nullable: false),
                    Cost = table.Column<double>(type: "REAL", nullable: false),
                    About = table.Column<string>(type: "TEXT", nullable: false),
                    Retained = table.Column<bool>(type: "INTEGER", nullable: true),
                    Spend = table.Column<double>(type: "REAL", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_entrants", x => new { x.Campaign, x.CustomerId, x.Entry });
                });

            migrationBuilder.CreateTable(
                name: "standing_sends",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Campaign = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    CustomerId = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    Entry = table.Column<int>(type: "INTEGER", nullable: false),
                    Step = table.Column<int>(type: "INTEGER", nullable: false),
                    Day = table.Column<int>(type: "INTEGER", nullable: false),
                    Hour = table.Column<int>(type: "INTEGER", nullable: false),
                    Channel = table.Column<string>(type: "TEXT", nullable: false),
                    Content = table.Column<string>(type: "TEXT", nullable: false),
                    Cost = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_sends", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_standing_entrants_CustomerId",
                table: "standing_entrants",
                column: "CustomerId");

            migrationBuilder.CreateIndex(
                name: "IX_standing_entrants_ToDay_EnteredDay",
                table: "standing_entrants",
                columns: new[] { "ToDay", "EnteredDay" });

            migrationBuilder.CreateIndex(
                name: "IX_standing_sends_Campaign_CustomerId_Entry_Step",
                table: "standing_sends",
                columns: new[] { "Campaign", "CustomerId", "Entry", "Step" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_standing_sends_Campaign_Day",
                table: "standing_sends",
                columns: new[] { "Campaign", "Day" });

            migrationBuilder.CreateIndex(
                name: "IX_standing_sends_CustomerId",
                table: "standing_sends",
                column: "CustomerId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "standing_campaigns");

            migrationBuilder.DropTable(
                name: "standing_entrants");

            migrationBuilder.DropTable(
                name: "standing_sends");

            migrationBuilder.DropColumn(
                name: "as_of",
                table: "rule_states");
        }
    }
}
