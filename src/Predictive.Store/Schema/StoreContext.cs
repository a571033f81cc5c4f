using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Predictive.Store.Schema;

/// <summary>
/// The tables. How to change them: change the rows, then <c>dotnet ef migrations add NAME --context SqliteStoreContext --output-dir
/// Schema/Sqlite</c>, the same for PostgresStoreContext and Schema/Postgres, from a start-up project of one's own that refers to this one
/// and to Microsoft.EntityFrameworkCore.Design (which wants another compiler package than the benches). The tests run on both databases.
/// </summary>
internal abstract class StoreContext(DbContextOptions options) : DbContext(options)
{
    private const int NameLength = 200, HashLength = 64;

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<AuditHeadRow> AuditHead => Set<AuditHeadRow>();

    public DbSet<JobRow> Jobs => Set<JobRow>();

    public DbSet<JobLineRow> JobLines => Set<JobLineRow>();

    public DbSet<LeaseRow> Leases => Set<LeaseRow>();

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();

    public DbSet<StreamRow> Streams => Set<StreamRow>();

    public DbSet<EventRow> Events => Set<EventRow>();

    public DbSet<CampaignRow> Campaigns => Set<CampaignRow>();

    public DbSet<MemberRow> Members => Set<MemberRow>();

    public DbSet<ContactRow> Contacts => Set<ContactRow>();

    public DbSet<SuppressionRow> Suppressions => Set<SuppressionRow>();

    public DbSet<RuleRow> Rules => Set<RuleRow>();

    public DbSet<RuleStateRow> RuleStates => Set<RuleStateRow>();

    public DbSet<AlertRow> Alerts => Set<AlertRow>();

    public DbSet<MuteRow> Mutes => Set<MuteRow>();

    public DbSet<PoolRow> Pools => Set<PoolRow>();

    public DbSet<WorkTaskRow> Tasks => Set<WorkTaskRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<ListSendRow> ListSends => Set<ListSendRow>();

    public DbSet<SyncedLabelRow> SyncedLabels => Set<SyncedLabelRow>();

    public DbSet<StandingCampaignRow> StandingCampaigns => Set<StandingCampaignRow>();

    public DbSet<StandingEntrantRow> StandingEntrants => Set<StandingEntrantRow>();

    public DbSet<StandingSendRow> StandingSends => Set<StandingSendRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<AuditRow>(e =>
        {
            e.ToTable("audit").HasKey(r => r.Number);
            e.Property(r => r.Number).ValueGeneratedNever();
            e.Property(r => r.Hash).HasMaxLength(HashLength);
            e.Property(r => r.Previous).HasMaxLength(HashLength);
        });
        modelBuilder.Entity<AuditHeadRow>(e =>
        {
            e.ToTable("audit_head").HasKey(r => r.Id);
            e.Property(r => r.Id).ValueGeneratedNever();
            e.HasData(new AuditHeadRow { Id = 1, Number = 0, Hash = "" });
        });
        modelBuilder.Entity<JobRow>(e =>
        {
            e.ToTable("jobs").HasKey(r => r.Id);
            e.HasIndex(r => r.UniqueKey).IsUnique();
            e.HasIndex(r => new { r.Kind, r.Name, r.State });
            e.Property(r => r.UniqueKey).HasMaxLength(NameLength);
        });
        modelBuilder.Entity<JobLineRow>(e =>
        {
            e.ToTable("job_lines").HasKey(r => new { r.JobId, r.Number });
            e.HasOne<JobRow>().WithMany().HasForeignKey(r => r.JobId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<LeaseRow>(e =>
        {
            e.ToTable("leases").HasKey(r => r.Name);
            e.Property(r => r.Name).HasColumnName("name").HasMaxLength(NameLength);
            e.Property(r => r.Holder).HasColumnName("holder");
            e.Property(r => r.Token).HasColumnName("token");
            e.Property(r => r.ExpiresAt).HasColumnName("expires_at");
        });
        modelBuilder.Entity<OutboxRow>(e =>
        {
            e.ToTable("outbox").HasKey(r => r.Id);
            e.HasIndex(r => r.DeliveredAt);
            e.Property(r => r.EventId).HasMaxLength(HashLength);
        });
        modelBuilder.Entity<StreamRow>(e =>
        {
            e.ToTable("streams").HasKey(r => r.Name);
            e.Property(r => r.Name).HasColumnName("name").HasMaxLength(NameLength);
            e.Property(r => r.Key).HasColumnName("key").HasMaxLength(HashLength);
            e.Property(r => r.LastSequence).HasColumnName("last_sequence");
        });
        modelBuilder.Entity<EventRow>(e =>
        {
            e.ToTable("ingested").HasKey(r => new { r.Stream, r.Sequence });
            e.HasIndex(r => new { r.Stream, r.EventId, r.Revision }).IsUnique();
            e.HasIndex(r => new { r.Stream, r.First });
            e.Property(r => r.Stream).HasMaxLength(NameLength);
            e.Property(r => r.EventId).HasMaxLength(NameLength);
            e.Property(r => r.Hash).HasMaxLength(HashLength);
        });
        ActingTables.Add(modelBuilder);
    }
}

/// <summary>On SQLite.</summary>
internal sealed class SqliteStoreContext(DbContextOptions<SqliteStoreContext> options) : StoreContext(options)
{
    public static DbContextOptions<SqliteStoreContext> Options(string connection) =>
        new DbContextOptionsBuilder<SqliteStoreContext>().UseSqlite(connection).AddInterceptors(new FullSync()).Options;

    // Kept by the connection, not by the file.
    private sealed class FullSync : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using DbCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;";
            command.ExecuteNonQuery();
        }
    }
}

/// <summary>On PostgreSQL.</summary>
internal sealed class PostgresStoreContext(DbContextOptions<PostgresStoreContext> options) : StoreContext(options)
{
    public static DbContextOptions<PostgresStoreContext> Options(string connection) =>
        new DbContextOptionsBuilder<PostgresStoreContext>().UseNpgsql(connection).Options;
}
