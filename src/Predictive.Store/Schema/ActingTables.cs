using Microsoft.EntityFrameworkCore;

namespace Predictive.Store.Schema;

/// <summary>The tables of what is done about customers.</summary>
internal static class ActingTables
{
    private const int NameLength = 200, KeyLength = 500;

    public static void Add(ModelBuilder model)
    {
        model.Entity<CampaignRow>(e =>
        {
            e.ToTable("campaigns").HasKey(r => r.Id);
            e.HasIndex(r => r.Name).IsUnique();
            e.HasIndex(r => new { r.State, r.ToDay });
            e.Property(r => r.Name).HasMaxLength(NameLength);
            e.HasMany(r => r.Members).WithOne().HasForeignKey(r => r.CampaignId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<MemberRow>(e =>
        {
            e.ToTable("campaign_members").HasKey(r => new { r.CampaignId, r.CustomerId });
            e.HasIndex(r => r.CustomerId);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
        model.Entity<ContactRow>(e =>
        {
            e.ToTable("contacts").HasKey(r => r.Id);
            e.HasIndex(r => r.UniqueKey).IsUnique();
            e.HasIndex(r => new { r.CustomerId, r.Day });
            e.HasIndex(r => r.Day);
            e.Property(r => r.UniqueKey).HasMaxLength(KeyLength);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
        model.Entity<SuppressionRow>(e =>
        {
            e.ToTable("suppressions").HasKey(r => new { r.CustomerId, r.Channel, r.IsOptOut });
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
            e.Property(r => r.Channel).HasMaxLength(NameLength);
        });
        model.Entity<RuleRow>(e =>
        {
            e.ToTable("rules").HasKey(r => r.Name);
            e.Property(r => r.Name).HasMaxLength(NameLength);
        });
        model.Entity<RuleStateRow>(e =>
        {
            e.ToTable("rule_states").HasKey(r => new { r.Rule, r.Subject });
            e.Property(r => r.Rule).HasColumnName("rule").HasMaxLength(NameLength);
            e.Property(r => r.Subject).HasColumnName("subject").HasMaxLength(NameLength);
            e.Property(r => r.Holds).HasColumnName("holds");
            e.Property(r => r.Was).HasColumnName("was");
            e.Property(r => r.Crossings).HasColumnName("crossings");
            e.Property(r => r.AlertedDay).HasColumnName("alerted_day");
            e.Property(r => r.AsOf).HasColumnName("as_of");
        });
        model.Entity<AlertRow>(e =>
        {
            e.ToTable("alerts").HasKey(r => r.Id);
            e.HasIndex(r => r.UniqueKey).IsUnique();
            e.HasIndex(r => new { r.State, r.Rule });
            e.Property(r => r.UniqueKey).HasMaxLength(KeyLength);
        });
        model.Entity<MuteRow>(e =>
        {
            e.ToTable("mutes").HasKey(r => new { r.Rule, r.Subject });
            e.Property(r => r.Rule).HasMaxLength(NameLength);
            e.Property(r => r.Subject).HasMaxLength(NameLength);
        });
        model.Entity<PoolRow>(e =>
        {
            e.ToTable("pools").HasKey(r => new { r.Pool, r.CustomerId });
            e.Property(r => r.Pool).HasMaxLength(NameLength);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
        model.Entity<WorkTaskRow>(e =>
        {
            e.ToTable("tasks").HasKey(r => r.Id);
            e.HasIndex(r => r.UniqueKey).IsUnique();
            e.HasIndex(r => new { r.Owner, r.State, r.DueDay });
            e.Property(r => r.UniqueKey).HasMaxLength(KeyLength);
        });
        model.Entity<DeliveryRow>(e =>
        {
            e.ToTable("deliveries").HasKey(r => new { r.OutboxId, r.Destination });
            e.HasIndex(r => new { r.DeliveredAt, r.NextAt });
            e.Property(r => r.Destination).HasMaxLength(NameLength);
            e.HasOne<OutboxRow>().WithMany().HasForeignKey(r => r.OutboxId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ListSendRow>(e =>
        {
            e.ToTable("list_sends").HasKey(r => r.Id);
            e.HasIndex(r => r.UniqueKey).IsUnique();
            e.HasIndex(r => new { r.List, r.Way });
            e.Property(r => r.UniqueKey).HasMaxLength(KeyLength);
        });
        model.Entity<SyncedLabelRow>(e =>
        {
            e.ToTable("synced_labels").HasKey(r => new { r.Destination, r.CustomerId });
            e.Property(r => r.Destination).HasMaxLength(NameLength);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
        model.Entity<StandingCampaignRow>(e =>
        {
            e.ToTable("standing_campaigns").HasKey(r => r.Name);
            e.Property(r => r.Name).HasMaxLength(NameLength);
        });
        model.Entity<StandingEntrantRow>(e =>
        {
            e.ToTable("standing_entrants").HasKey(r => new { r.Campaign, r.CustomerId, r.Entry });
            e.HasIndex(r => r.CustomerId);
            e.HasIndex(r => new { r.ToDay, r.EnteredDay });
            e.Property(r => r.Campaign).HasMaxLength(NameLength);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
        model.Entity<StandingSendRow>(e =>
        {
            e.ToTable("standing_sends").HasKey(r => r.Id);
            e.HasIndex(r => new { r.Campaign, r.CustomerId, r.Entry, r.Step }).IsUnique();
            e.HasIndex(r => new { r.Campaign, r.Day });
            e.HasIndex(r => r.CustomerId);
            e.Property(r => r.Campaign).HasMaxLength(NameLength);
            e.Property(r => r.CustomerId).HasMaxLength(NameLength);
        });
    }
}
