using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Predictive.Store.Schema.Postgres
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
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "standing_campaigns",
                columns: table => new
                {
                    Name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    State = table.Column<string>(type: "text", nullable: false),
                    Reason = table.Column<string>(type: "text", nullable: false),
                    AsOf = table.Column<long>(type: "bigint", nullable: false),
                    SinceDay = table.Column<int>(type: "integer", nullable: false),
                    Actor = table.Column<string>(type: "text", nullable: false),
                    ChangedAt = table.Column<long>(type: "bigint", nullable: false),
                    Report = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_campaigns", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "standing_entrants",
                columns: table => new
                {
                    Campaign = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    CustomerId = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    Entry = table.Column<int>(type: "integer", nullable: false),
                    State = table.Column<string>(type: "text", nullable: false),
                    Why = table.Column<string>(type: "text", nullable: false),
                    CrossedDay = table.Column<int>(type: "integer", nullable: false),
                    EnteredDay = table.Column<int>(type: "integer", nullable: false),
                    ToDay = table.Column<int>(type: "integer", nullable: false),
                    IsHeldOut = table.Column<bool>(type: "boolean", nullable: false),
                    NextStep = table.Column<int>(type: "integer", nullable: false),
                    DueDay = table.Column<int>(type: "integer", nullable: false),
                    Risk = table.Column<double>(type: "double precision", nullable: false),
                    Value = table.Column<double>(type: "double precision", nullable: false),
                    SpendBefore = table.Column<double>(type: "double precision", nullable: false),
                    Cost = table.Column<double>(type: "double precision", nullable: false),
                    About = table.Column<string>(type: "text", nullable: false),
                    Retained = table.Column<bool>(type: "boolean", nullable: true),
                    Spend = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_standing_entrants", x => new { x.Campaign, x.CustomerId, x.Entry });
                });

            migrationBuilder.CreateTable(
                name: "standing_sends",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    Campaign = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    CustomerId = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    Entry = table.Column<int>(type: "integer", nullable: false),
                    Step = table.Column<int>(type: "integer", nullable: false),
                    Day = table.Column<int>(type: "integer", nullable: false),
                    Hour = table.Column<int>(type: "integer", nullable: false),
                    Channel = table.Column<string>(type: "text", nullable: false),
                    Content = table.Column<string>(type: "text", nullable: false),
                    Cost = table.Column<double>(type: "double precision", nullable: false)
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
