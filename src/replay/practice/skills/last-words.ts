import type { Skill } from '../skill.ts';

/** A run that has reached a bound asks for one last answer. */
export const lastWords: Skill = {
  can: 'say that I was stopped',
  needs: [],
  reply({ user }) {
    if (!/^\[.*No more tools can be called\./s.test(user)) return undefined;
    return {
      reasoning: 'I may call nothing more.',
      text: 'I was stopped before I had finished. What the tools gave so far is above; with a higher limit I would go on from there.',
    };
  },
};
