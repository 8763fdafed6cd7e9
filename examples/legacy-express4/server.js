// Starts the app, and ends it cleanly.

const config = require('./config');
const { createApp } = require('./app');
const { openDatabase } = require('./database');
const { openSocialSignIn } = require('./social');

async function main() {
  const { sequelize, Member } = openDatabase(config.databaseFile);
  // The app's own tables; the plugin brings its own up to date itself.
  await Member.sync();
  const keys = config.socialSignIn ? await openSocialSignIn({ sequelize, Member }) : undefined;
  keys?.on('unlinked', ({ userId, provider }) => console.log(`member ${userId} unlinked ${provider}`));

  const server = createApp({ Member, keys }).listen(config.port, config.host, () => {
    console.log(`listening on ${config.baseUrl}`);
  });
  process.once('SIGTERM', () => {
    server.close(async () => {
      await keys?.close();
      await sequelize.close();
    });
    server.closeIdleConnections();
  });
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
